//! What goes to the terminal: results to stdout, reasons to stderr, Vietnamese first.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::stop::Stop;

/// A line of the result. A reader that went away (a closed pipe) is no error of ours.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}");
}

/// A remark beside the result.
pub(crate) fn note(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{text}");
}

/// One JSON object on one line.
pub(crate) fn object(value: &Value) {
    line(&value.to_string());
}

/// The end of a command that did not reach its result.
pub(crate) fn stopped(stop: &Stop, json_wanted: bool, extra: &[(&str, Value)]) -> ExitCode {
    if json_wanted {
        let mut value = json!({
            "outcome": stop.outcome(),
            "code": stop.code,
            "text_vi": stop.vi,
            "text_en": stop.en,
        });
        for (key, data) in extra {
            value[*key] = data.clone();
        }
        object(&value);
    } else {
        note(&format!("{}\n{}  [{}]", stop.vi, stop.en, stop.code));
    }
    ExitCode::from(stop.exit())
}
