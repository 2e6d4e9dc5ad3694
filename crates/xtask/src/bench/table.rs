//! Ratios beside goals.

use anyhow::Result;
use serde::Serialize;
use serde_json::json;

use super::inputs::{HUGE, OBJECTS, RESULT, SMALL};
use super::rate::Rate;
use super::rounds::{signing, signing_in_memory, verifying};
use super::samples::{Samples, Tool, median};

#[derive(Serialize)]
pub(super) struct Row {
    what: String,
    ours: String,
    peer: String,
    ratio: f64,
    unit: &'static str,
    goal: Option<Goal>,
    /// Where it shall be in the end, if that is not the goal yet.
    later: Option<f64>,
}

#[derive(Clone, Copy, Serialize)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

pub(super) fn rows(rates: &[Rate], samples: &Samples) -> Vec<Row> {
    let mut rows: Vec<Row> = rates.iter().map(share).collect();
    let compare = Compare(samples);
    let in_memory = signing_in_memory(SMALL);
    rows.extend(compare.faster(&in_memory, Tool::PyHanko, Some(25.0)));
    rows.extend(compare.faster(&in_memory, Tool::Dss, Some(10.0)));
    for (input, pyhanko, dss) in [
        (SMALL, None, None),
        (RESULT, None, None),
        ("2 MB", None, None),
        ("20 MB", None, None),
        (OBJECTS, Some(15.0), Some(30.0)),
        (HUGE, Some(2.5), Some(12.0)),
    ] {
        rows.extend(compare.faster(&signing(input), Tool::PyHanko, pyhanko));
        rows.extend(compare.faster(&signing(input), Tool::Dss, dss));
    }
    let huge = signing(HUGE);
    rows.extend(compare.slower(&huge, Tool::Ours, Tool::Openssl, Some(2.0)));
    rows.extend(compare.slower(&huge, Tool::Antin, Tool::Openssl, None));
    rows.extend(compare.memory(&huge, Tool::Antin, 16.0));
    for (input, signatures, pyhanko, dss) in [
        (SMALL, 1, Some(15.0), Some(60.0)),
        (SMALL, 2, None, None),
        ("20 MB", 1, None, None),
        ("20 MB", 2, None, None),
        (OBJECTS, 1, Some(12.0), Some(150.0)),
        (OBJECTS, 2, Some(150.0), Some(35.0)),
    ] {
        let task = verifying(input, signatures);
        rows.extend(compare.faster(&task, Tool::PyHanko, pyhanko));
        rows.extend(compare.faster(&task, Tool::Dss, dss));
        let cold = if signatures == 1 { Some(1.5) } else { None };
        rows.extend(compare.slower(&task, Tool::Antin, Tool::Pdfsig, cold));
        if signatures == 1 {
            rows.extend(compare.memory(&task, Tool::Antin, 16.0));
        }
    }
    rows
}

/// The goal that holds now and the one in the end, percent of the token's rate.
fn share(rate: &Rate) -> Row {
    let (goal, later) = match rate.key {
        _ if rate.input != SMALL => (None, None),
        "RSA-2048" => (Some(Goal::AtLeast(80.0)), Some(90.0)),
        "RSA-3072" => (Some(Goal::AtLeast(90.0)), Some(96.0)),
        _ => (None, Some(55.0)),
    };
    Row {
        what: format!("sign in process, {}, {}, batch, validated", rate.input, rate.key),
        ours: format!("{:.0}/s", rate.batch),
        peer: format!("C_Sign {:.0}/s", rate.token),
        ratio: 100.0 * rate.share(),
        unit: "%",
        goal,
        later,
    }
}

struct Compare<'a>(&'a Samples);

impl Compare<'_> {
    /// How many times longer the peer takes.
    fn faster(&self, task: &str, peer: Tool, goal: Option<f64>) -> Option<Row> {
        let (ours, theirs) = (self.0.ms(task, Tool::Ours)?, self.0.ms(task, peer)?);
        Some(Row {
            what: task.to_owned(),
            ours: milliseconds(ours),
            peer: format!("{} {}", peer.name(), milliseconds(theirs)),
            ratio: theirs / ours,
            unit: "×",
            goal: goal.map(Goal::AtLeast),
            later: None,
        })
    }

    /// How many times longer we take.
    fn slower(&self, task: &str, ours: Tool, peer: Tool, goal: Option<f64>) -> Option<Row> {
        let (mine, theirs) = (self.0.ms(task, ours)?, self.0.ms(task, peer)?);
        let how = if ours == Tool::Antin { ", process from cold" } else { "" };
        Some(Row {
            what: format!("{task}{how}"),
            ours: milliseconds(mine),
            peer: format!("{} {}", peer.name(), milliseconds(theirs)),
            ratio: mine / theirs,
            unit: "×",
            goal: goal.map(Goal::AtMost),
            later: None,
        })
    }

    fn memory(&self, task: &str, tool: Tool, goal_mb: f64) -> Option<Row> {
        let mb = self.0.peak_mb(task, tool)?;
        let how = if tool == Tool::Antin { ", process from cold" } else { "" };
        Some(Row {
            what: format!("{task}{how}, peak memory"),
            ours: format!("{mb:.1} MB"),
            peer: String::new(),
            ratio: mb,
            unit: "MB",
            goal: Some(Goal::AtMost(goal_mb)),
            later: None,
        })
    }
}

impl Row {
    fn ratio(&self) -> String {
        match self.unit {
            "MB" => format!("{:.1} MB", self.ratio),
            "×" if self.ratio < 10.0 => format!("{:.2} ×", self.ratio),
            unit => format!("{:.0} {unit}", self.ratio),
        }
    }

    fn goal(&self) -> String {
        let unit = self.unit;
        let goal = match self.goal {
            Some(Goal::AtLeast(value)) => format!("≥ {value} {unit}"),
            Some(Goal::AtMost(value)) => format!("≤ {value} {unit}"),
            None => String::new(),
        };
        match self.later {
            Some(later) => format!("{goal} (in the end {later} {unit})").trim().to_owned(),
            None => goal,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.goal {
            None => "",
            Some(Goal::AtLeast(value)) if self.ratio >= value => "met",
            Some(Goal::AtMost(value)) if self.ratio <= value => "met",
            Some(_) => "missed",
        }
    }
}

pub(super) fn print(samples: &Samples, rows: &[Row]) {
    println!("medians, wall ms / peak MB");
    println!("{:38} {:8} {:>12} {:>8} {:>8}", "", "", "ms", "MB", "times");
    for (task, tool, measured) in samples.all() {
        let ms = median(&measured.ms).map_or(String::new(), |ms| format!("{ms:.2}"));
        let mb = samples.peak_mb(task, tool).map_or(String::new(), |mb| format!("{mb:.0}"));
        println!("{task:38} {:8} {ms:>12} {mb:>8} {:>8}", tool.name(), measured.ms.len());
    }
    println!();
    println!("{:60} {:>11} {:>22} {:>9}  {:26} ", "what", "ours", "peer", "ratio", "goal");
    for row in rows {
        println!(
            "{:60} {:>11} {:>22} {:>9}  {:26} {}",
            row.what,
            row.ours,
            row.peer,
            row.ratio(),
            row.goal(),
            row.verdict()
        );
    }
    let count = |word: &str| rows.iter().filter(|r| r.verdict() == word).count();
    println!("{} met, {} missed", count("met"), count("missed"));
}

pub(super) fn json(rates: &[Rate], samples: &Samples, rows: &[Row]) -> Result<String> {
    let samples: Vec<_> = samples
        .all()
        .map(|(task, tool, measured)| json!({"task": task, "tool": tool.name(), "measured": measured}))
        .collect();
    let rows: Vec<_> = rows.iter().map(|r| json!({"row": r, "verdict": r.verdict()})).collect();
    let all = json!({
        "schema": "antin.bench/1",
        "at": jiff::Timestamp::now(),
        "rates": rates,
        "samples": samples,
        "rows": rows,
    });
    Ok(serde_json::to_string_pretty(&all)?)
}

fn milliseconds(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}
