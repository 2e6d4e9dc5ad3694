//! PDF dates (ISO 32000-2, 7.9.4).

use jiff::{Timestamp, civil, tz};

/// Viet Nam has one zone and no summer time.
const VIETNAM: tz::Offset = tz::offset(7);

/// `D:YYYYMMDDHHmmSS+07'00'`, in the time of Viet Nam.
pub(crate) fn pdf_date(time: Timestamp) -> String {
    format!("D:{}+07'00'", VIETNAM.to_datetime(time).strftime("%Y%m%d%H%M%S"))
}

/// Reads a date; what is left out is the least it can be, a missing zone is UTC.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, zone) = text.split_at_checked(digits)?;
    let part = |from: usize, len: usize, default: i8| match digits.get(from..from + len) {
        Some(part) => part.parse().ok(),
        None => Some(default),
    };
    let year: i16 = digits.get(..4)?.parse().ok()?;
    let date = civil::DateTime::new(
        year,
        part(4, 2, 1)?,
        part(6, 2, 1)?,
        part(8, 2, 0)?,
        part(10, 2, 0)?,
        part(12, 2, 0)?,
        0,
    );
    offset(zone)?.to_timestamp(date.ok()?).ok()
}

fn offset(zone: &str) -> Option<tz::Offset> {
    let sign = match zone.bytes().next() {
        None | Some(b'Z') => return Some(tz::Offset::UTC),
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return None,
    };
    let mut parts = zone.get(1..)?.split('\'');
    let hours: i32 = parts.next()?.parse().ok()?;
    let minutes: i32 = match parts.next() {
        None | Some("") => 0,
        Some(minutes) => minutes.parse().ok()?,
    };
    if !(0..=23).contains(&hours) || !(0..=59).contains(&minutes) {
        return None;
    }
    tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn dates_round_trip() {
        let time: Timestamp = "2026-01-05T23:30:00Z".parse().unwrap();
        assert_eq!(pdf_date(time), "D:20260106063000+07'00'");
        assert_eq!(read("D:20260106063000+07'00'"), Some(time));
        assert_eq!(read("D:20260106063000+07'00"), Some(time));
        assert_eq!(read("D:20260105233000Z"), Some(time));
        assert_eq!(read("D:20260105233000"), Some(time));
        assert_eq!(read("D:2026"), Some("2026-01-01T00:00:00Z".parse().unwrap()));
        for bad in ["", "D:", "D:20261306", "D:20260106063000+99'00'", "D:20260106063000x", "ngày"]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
