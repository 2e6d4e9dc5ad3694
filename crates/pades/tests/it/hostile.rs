//! Truncated and flipped files: never a panic, never slow.

use std::time::{Duration, Instant};

use pades::Limits;

use crate::{base, base::STYLES, order, placed, sign, try_prepare};

fn survive(bytes: &[u8], what: &str) {
    let before = Instant::now();
    let facts = pades::read(&bytes, &Limits::default());
    let _ = try_prepare(bytes, &order());
    let _ = pades::outline(&bytes, &Limits::default());
    assert!(before.elapsed() < Duration::from_secs(2), "{what}: {:?}", facts.defects);
}

#[test]
fn truncations_and_flips() {
    for style in STYLES {
        let bytes = sign(
            &base::plain(style),
            &pades::NewSignature { appearance: Some(placed(0)), ..order() },
        );
        for length in (0..bytes.len()).step_by(7) {
            survive(&bytes[..length], "truncated");
        }
        for at in (0..bytes.len()).step_by(3) {
            for flip in [0x01, 0x20, 0xFF] {
                let mut flipped = bytes.clone();
                flipped[at] ^= flip;
                survive(&flipped, "flipped");
            }
        }
    }
}

/// A source that has no bytes but zeros, as large as it says.
struct Zeros(u64);

impl pades::Source for Zeros {
    fn len(&self) -> u64 {
        self.0
    }
    fn read_at(&self, _: u64, buf: &mut [u8]) -> Result<(), pades::SourceError> {
        buf.fill(0);
        Ok(())
    }
}

#[test]
fn a_gigabyte_of_zeros_is_answered_at_once() {
    let before = Instant::now();
    let facts = pades::read(&Zeros(1 << 30), &Limits::default());
    assert!(!facts.readable);
    assert_eq!(facts.defects[0].code, "not_a_pdf");
    assert!(before.elapsed() < Duration::from_millis(100));
}

#[test]
fn deep_and_wide_objects_are_refused() {
    let deep = "[".repeat(100_000);
    let wide = format!("[{}]", "0 ".repeat(3_000_000));
    for annots in [deep, wide] {
        survive(&base::pages(base::Style::Table, "", &format!("/Annots {annots}"), &[]), "annots");
        survive(&base::pages(base::Style::Table, &format!("/DSS {annots}"), "", &[]), "dss");
    }
}

#[test]
fn a_loop_of_sections_is_named() {
    let bytes = base::plain(base::Style::Table);
    let at = bytes.windows(5).rposition(|window| window == b"xref\n").unwrap();
    let xref = bytes.windows(6).position(|window| window == b"\nxref\n").unwrap() + 1;
    assert!(at > xref);
    let trailer = bytes.windows(6).position(|window| window == b"/Size ").unwrap();
    let looped =
        [&bytes[..trailer], format!("/Prev {xref}").as_bytes(), &bytes[trailer..]].concat();
    let facts = pades::read(&looped, &Limits::default());
    assert!(facts.defects.iter().any(|defect| defect.code == "xref_loop"), "{:?}", facts.defects);
}

/// A section that announces millions of entries in a few kilobytes.
#[test]
fn a_bomb_of_entries_costs_little() {
    use std::io::Write as _;
    let base = sign(&base::plain(base::Style::Stream), &order());
    let previous = base.windows(10).rposition(|window| window == b"startxref\n").unwrap();
    let previous: String = String::from_utf8_lossy(&base[previous + 10..])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    for (row, count) in [([1u8, 0, 0, 0], 3_900_000), ([0; 4], 3_900_000), ([2, 0, 0, 6], 400_000)]
    {
        let mut encoder = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
        (0..count).for_each(|_| encoder.write_all(&row).unwrap());
        let rows = encoder.finish().unwrap();
        let mut bytes = base.clone();
        let at = bytes.len();
        bytes.extend(
            format!(
                "99 0 obj\n<</Type/XRef/Size {count}/W[1 2 1]/Root 1 0 R/Prev {previous}/Filter/FlateDecode/Length {}>>\nstream\n",
                rows.len()
            )
            .bytes(),
        );
        bytes.extend(rows);
        bytes.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
        survive(&bytes, "entries");
    }
}
