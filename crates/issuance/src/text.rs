//! Text from outside: NFC, without control characters, within limits; days as Viet Nam counts them.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use unicode_normalization::UnicodeNormalization as _;

use crate::Refusal;

/// The day in Viet Nam (Asia/Ho_Chi_Minh is UTC+7 without daylight saving since 1975).
pub fn day_in_vietnam(at: Timestamp) -> Date {
    Offset::constant(7).to_datetime(at).date()
}

/// The year in Viet Nam: number series run from 1 January to 31 December.
pub fn year_in_vietnam(at: Timestamp) -> i16 {
    day_in_vietnam(at).year()
}

/// One line: NFC, trimmed, not empty, at most `most` characters.
pub(crate) fn line(name: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let line = optional_line(name, text, most)?;
    if line.is_empty() {
        return Err(Refusal::field(name, "không được để trống", "must not be empty"));
    }
    Ok(line)
}

/// One line that may be empty.
pub(crate) fn optional_line(
    name: &'static str,
    text: &str,
    most: usize,
) -> Result<String, Refusal> {
    // Measured before normalising: NFC of hostile text must not cost more than its limit allows.
    if text.len() > most.saturating_mul(16) {
        return Err(too_long(name, most));
    }
    let line: String = text.trim().nfc().collect();
    if line.chars().count() > most {
        return Err(too_long(name, most));
    }
    if line.chars().any(char::is_control) {
        return Err(Refusal::field(name, "có ký tự điều khiển", "has control characters"));
    }
    Ok(line)
}

/// A reason that people read: several lines are fine, none is not.
pub(crate) fn reason(text: &str) -> Result<String, Refusal> {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        return Err(Refusal::ReasonMissing);
    }
    line("reason", &words, 1000)
}

/// At most so many.
pub(crate) fn at_most(name: &'static str, count: usize, most: usize) -> Result<(), Refusal> {
    if count > most {
        return Err(Refusal::field(name, format!("nhiều nhất {most}"), format!("at most {most}")));
    }
    Ok(())
}

fn too_long(name: &'static str, most: usize) -> Refusal {
    Refusal::field(name, format!("dài quá {most} ký tự"), format!("longer than {most} characters"))
}
