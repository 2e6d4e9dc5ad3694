//! Files with a classic table, and updates to them.

/// A file of these bodies, numbered from 1; object 1 is the catalog.
pub(crate) fn file(objects: &[&[u8]]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let numbered: Vec<(u32, &[u8])> = (1..).zip(objects.iter().copied()).collect();
    append(&mut out, &numbered, None);
    out
}

/// Appends a revision; gives the offset of its section.
pub(crate) fn append(
    out: &mut Vec<u8>,
    objects: &[(u32, &[u8])],
    previous: Option<usize>,
) -> usize {
    let mut entries = String::new();
    for (number, body) in objects {
        entries.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(*body);
        out.extend(b"\nendobj\n");
    }
    section(out, &entries, previous)
}

/// Appends a section with these entries.
pub(crate) fn section(out: &mut Vec<u8>, entries: &str, previous: Option<usize>) -> usize {
    let at = out.len();
    let previous = previous.map(|at| format!("/Prev {at}")).unwrap_or_default();
    let tail = format!(
        "xref\n{entries}trailer\n<</Size 100/Root 1 0 R{previous}>>\nstartxref\n{at}\n%%EOF\n"
    );
    out.extend(tail.bytes());
    at
}

pub(crate) fn section_of(bytes: &[u8]) -> usize {
    bytes
        .windows(5)
        .rposition(|window| window == b"xref\n")
        .map(|at| {
            // `startxref` ends in the same letters.
            bytes[..at].windows(5).rposition(|window| window == b"xref\n").unwrap()
        })
        .unwrap()
}
