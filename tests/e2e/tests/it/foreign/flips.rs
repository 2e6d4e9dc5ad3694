//! Where one byte is changed: all over what the last signature covers, beside its /Contents, and
//! inside the CMS.

use std::collections::BTreeMap;

pub(super) struct Flip {
    pub(super) at: usize,
    pub(super) mask: u8,
    pub(super) place: &'static str,
}

/// At least sixty in covered bytes, by turns in all bits; the CMS is hexadecimal, there a digit
/// becomes another.
pub(super) fn of(pdf: &[u8], leaf: &[u8]) -> Vec<Flip> {
    let [_, a, b, c] = last_byte_range(pdf);
    let covered = |i: usize| if i < a { i } else { b + (i - a) };
    let length = a + c;
    let mut places = BTreeMap::new();
    const SPREAD: usize = 56;
    for i in 0..SPREAD {
        // One in each stretch, not on its border.
        let at = length * i / SPREAD + (i * 7919) % (length / SPREAD).max(1);
        places.insert(covered(at), "covered");
    }
    for (at, place) in [
        (0, "first byte"),
        (a - 1, "before /Contents"),
        (a - 2, "before /Contents"),
        (a - 10, "before /Contents"),
        (b, "after /Contents"),
        (b + 1, "after /Contents"),
        (b + 10, "after /Contents"),
        (b + c - 1, "last byte"),
    ] {
        places.insert(at, place);
    }
    let mut flips: Vec<Flip> = places
        .into_iter()
        .enumerate()
        .map(|(i, (at, place))| Flip { at, mask: 1 << (i % 8), place })
        .collect();
    for (at, place) in inside(&pdf[a + 1..b - 1], leaf) {
        let at = a + 1 + at;
        flips.push(Flip { at, mask: pdf[at] ^ another_digit(pdf[at]), place });
    }
    for (at, place) in [(a, "opening bracket of /Contents"), (b - 1, "closing bracket")] {
        flips.push(Flip { at, mask: 0x10, place });
    }
    flips
}

fn another_digit(digit: u8) -> u8 {
    if digit == b'7' { b'8' } else { b'7' }
}

/// The last one in the file covers all of it.
fn last_byte_range(pdf: &[u8]) -> [usize; 4] {
    const KEY: &[u8] = b"/ByteRange";
    let mut ranges = vec![];
    for at in (0..pdf.len() - KEY.len()).filter(|at| pdf[*at..].starts_with(KEY)) {
        let text = String::from_utf8_lossy(&pdf[at + KEY.len()..(at + 90).min(pdf.len())]);
        let Some(list) = text.trim_start().strip_prefix('[').and_then(|t| t.split(']').next())
        else {
            continue;
        };
        let numbers: Vec<usize> = list.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        ranges.extend(<[usize; 4]>::try_from(numbers));
    }
    let whole = |range: &&[usize; 4]| range[2] + range[3] == pdf.len();
    *ranges.iter().find(whole).expect("a signature over the whole file")
}

/// Offsets of digits inside the hexadecimal CMS.
fn inside(hex: &[u8], leaf: &[u8]) -> Vec<(usize, &'static str)> {
    let hex = hex.to_ascii_lowercase();
    let find = |wanted: &str, from: usize| {
        let found = hex[from..].windows(wanted.len()).position(|w| w == wanted.as_bytes());
        from + found.unwrap_or_else(|| panic!("the CMS has no {wanted}"))
    };
    let leaf: String = leaf.iter().map(|b| format!("{b:02x}")).collect();
    let certificate = find(&leaf, 0);
    // 1.2.840.113549.1.9.4, then SET, OCTET STRING and 32 bytes; 1.2.840.113549.1.9.16.2.47 has the
    // hash of the certificate in it; the value of RSA-3072 is an OCTET STRING of 384 bytes.
    let digest = find("06092a864886f70d010904", 0) + 22 + 8;
    let ess = find("060b2a864886f70d010910022f", 0) + 26 + 30;
    let value = find("04820180", digest.max(ess));
    let padding = hex.len() - 2;
    assert_eq!(hex[padding], b'0', "no padding after the CMS");
    vec![
        (0, "first byte of the CMS"),
        (4, "length of the CMS"),
        (certificate + leaf.len() / 2, "key of the signer's certificate"),
        (certificate + leaf.len() - 9, "signature in the signer's certificate"),
        (digest + 13, "message digest"),
        (ess + 5, "ESS certificate hash"),
        (value + 8 + 100, "signature value"),
        (value + 8 + 767, "last digit of the signature value"),
        (padding, "padding after the CMS"),
    ]
}
