//! Milliseconds and peaks of memory, by tool and task.

use std::collections::BTreeMap;

use serde::Serialize;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) enum Tool {
    /// Our crates in process.
    Ours,
    /// The command from cold.
    Antin,
    PyHanko,
    Dss,
    Pdfsig,
    Openssl,
}

impl Tool {
    pub(super) fn name(self) -> &'static str {
        match self {
            Tool::Ours => "ours",
            Tool::Antin => "antin",
            Tool::PyHanko => "pyHanko",
            Tool::Dss => "EU DSS",
            Tool::Pdfsig => "pdfsig",
            Tool::Openssl => "openssl",
        }
    }
}

/// Everything measured, as it came.
#[derive(Default)]
pub(super) struct Samples(BTreeMap<(String, Tool), Measured>);

#[derive(Default, Serialize)]
pub(super) struct Measured {
    pub(super) ms: Vec<f64>,
    /// Of the process, so far: the largest file comes last.
    pub(super) peak_kb: Option<u64>,
}

impl Samples {
    pub(super) fn add(&mut self, task: &str, tool: Tool, ms: &[f64], peak_kb: Option<u64>) {
        let measured = self.0.entry((task.to_owned(), tool)).or_default();
        measured.ms.extend_from_slice(ms);
        measured.peak_kb = measured.peak_kb.max(peak_kb);
    }

    pub(super) fn ms(&self, task: &str, tool: Tool) -> Option<f64> {
        self.0.get(&(task.to_owned(), tool)).and_then(|m| median(&m.ms))
    }

    pub(super) fn peak_mb(&self, task: &str, tool: Tool) -> Option<f64> {
        let peak_kb = self.0.get(&(task.to_owned(), tool))?.peak_kb?;
        Some(peak_kb as f64 / 1024.0)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, Tool, &Measured)> {
        self.0.iter().map(|((task, tool), measured)| (task.as_str(), *tool, measured))
    }
}

pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    sorted.get(middle - 1).map(|lower| (lower + upper) / 2.0)
}
