use pdf::{Document, Entry, Limits, ObjectId};

use crate::{
    codes,
    file::{append, file, section, section_of},
    open,
};

const TWO: ObjectId = ObjectId { number: 2, generation: 0 };

#[test]
fn each_revision_sees_its_own_objects() {
    let mut bytes = file(&[b"<<>>", b"(old)"]);
    let first_end = bytes.len() as u64;
    let first = section_of(&bytes);
    let second = append(&mut bytes, &[(2, b"(new)")], Some(first));
    section(&mut bytes, "2 1\n0000000000 00001 f \n", Some(second));
    let slice = bytes.as_slice();
    let document = open(&slice);
    let text = |revision| {
        let object = document.resolve_at(revision, TWO).unwrap();
        object.as_string().map(<[u8]>::to_vec)
    };
    assert_eq!(text(0).unwrap(), b"old");
    assert_eq!(text(1).unwrap(), b"new");
    assert_eq!(text(2), None);
    assert_eq!(document.entries(2).unwrap(), [(2, Entry::Free)]);
    let revisions = document.revisions();
    assert_eq!(revisions.len(), 3);
    assert_eq!(revisions[0].end, first_end);
    assert!(revisions[0].ends_at(first_end) && revisions[0].ends_at(first_end - 1));
    assert!(!revisions[0].ends_at(first_end + 1));
    assert_eq!(revisions[2].end, bytes.len() as u64);
    (0..3).for_each(|revision| document.check_revision(revision));
    assert_eq!(codes(&document), [""; 0]);
}

#[test]
fn a_windowed_source_reads_the_same() {
    let long = format!("({})", "x".repeat(100_000));
    let mut bytes = file(&[b"<<>>", long.as_bytes()]);
    let first = section_of(&bytes);
    append(&mut bytes, &[(1, b"<</A 2 0 R>>")], Some(first));
    let path = std::env::temp_dir().join(format!("antin-pdf-{}.pdf", std::process::id()));
    std::fs::write(&path, &bytes).unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let document = Document::open(&file, &Limits::default()).unwrap();
    let found = document.resolve(TWO).unwrap();
    assert_eq!(found.as_string().map(<[u8]>::len), Some(100_000));
    document.check_revision(1);
    assert_eq!(codes(&document), [""; 0]);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_lying_update_is_named() {
    let base = file(&[b"<<>>", b"(a)", b"(b)"]);
    let first = section_of(&base);
    let at = |what: &[u8]| base.windows(what.len()).position(|window| window == what).unwrap();
    let check = |entries: &str, before: &[u8]| {
        let mut bytes = [&base, before].concat();
        section(&mut bytes, entries, Some(first));
        let slice = bytes.as_slice();
        let document = open(&slice);
        document.check_revision(1);
        codes(&document)
    };
    let entry = |number: usize, offset: usize| format!("{number} 1\n{offset:010} 00000 n \n");
    let (two, three, end) = (at(b"2 0 obj"), at(b"3 0 obj"), base.len());
    assert_eq!(check(&entry(2, two), b""), [""; 0], "repeating is no change");
    assert_eq!(check(&entry(2, three), b""), ["xref_entry_wrong"]);
    assert_eq!(
        check(&entry(4, end), b"5 0 obj null endobj\n"),
        ["xref_entry_wrong", "unlisted_bytes"]
    );
    assert_eq!(check("", b"4 0 obj null endobj\n"), ["unlisted_bytes"]);
    assert_eq!(check("", b"% a comment\n"), [""; 0]);
    assert_eq!(
        check(&format!("{}{}", entry(2, end), entry(2, end)), b"2 0 obj null endobj\n"),
        ["duplicate_object"]
    );
}

#[test]
fn an_older_version_is_not_brought_back() {
    let mut bytes = file(&[b"<<>>", b"(old)"]);
    let old = bytes.windows(7).position(|window| window == b"2 0 obj").unwrap();
    let first = section_of(&bytes);
    let second = append(&mut bytes, &[(2, b"(new)")], Some(first));
    section(&mut bytes, &format!("2 1\n{old:010} 00000 n \n"), Some(second));
    let slice = bytes.as_slice();
    let document = open(&slice);
    document.check_revision(2);
    assert_eq!(codes(&document), ["xref_entry_outside_revision"]);
}

#[test]
fn many_revisions_cost_what_they_say() {
    let mut bytes = file(&[b"<<>>", b"(0)"]);
    let mut previous = section_of(&bytes);
    for round in 1..=900 {
        let body = format!("({round})");
        previous = append(&mut bytes, &[(2, body.as_bytes())], Some(previous));
    }
    let before = std::time::Instant::now();
    let slice = bytes.as_slice();
    let document = open(&slice);
    for revision in 0..=document.newest() {
        document.check_revision(revision);
        let text = document.resolve_at(revision, TWO).unwrap();
        assert_eq!(text.as_string().unwrap(), revision.to_string().as_bytes());
    }
    assert!(before.elapsed().as_secs() < 1);
    for _ in 0..200 {
        previous = append(&mut bytes, &[], Some(previous));
    }
    let slice = bytes.as_slice();
    assert_eq!(Document::open(&slice, &Limits::default()).err().unwrap().code, "budget");
}

/// Signed bytes that a later update completes: a stream whose /Length, a text whose bracket and an
/// object stream whose filter lie in what comes later.
#[test]
fn what_a_later_update_would_complete_is_named() {
    let length = 400;
    let traps: [(&[u8], &str); 4] = [
        (b"<</Length 400>>\nstream\nBT ET\nendstream", "object_outside_revision"),
        (b"(open", "object_outside_revision"),
        (b"<</Length 9 0 R>>\nstream\nBT ET\nendstream", "stream_length"),
        (
            b"<</Type/ObjStm/N 0/First 0/Filter 9 0 R/Length 0>>\nstream\n\nendstream",
            "object_outside_revision",
        ),
    ];
    for (trap, code) in traps {
        let mut bytes = file(&[b"<<>>", trap]);
        let first = section_of(&bytes);
        let alone = bytes.clone();
        let alone = alone.as_slice();
        let document = open(&alone);
        document.check_complete(0);
        assert_eq!(codes(&document), [code], "{}", String::from_utf8_lossy(trap));
        // The update brings what was missing, and the object stays what it was: nothing.
        let evil = format!("({})\nendstream\nendobj", "x".repeat(length));
        append(&mut bytes, &[(3, evil.as_bytes())], Some(first));
        let slice = bytes.as_slice();
        let document = open(&slice);
        document.check_complete(0);
        assert_eq!(codes(&document), [code], "{}", String::from_utf8_lossy(trap));
        if code == "object_outside_revision" && !trap.starts_with(b"<</Type") {
            for revision in [0, 1] {
                assert_eq!(document.resolve_at(revision, TWO).unwrap_err().code, code);
            }
        }
    }
    let mut bytes = file(&[b"<<>>"]);
    let first = section_of(&bytes);
    let past = format!("2 1\n{:010} 00000 n \n", bytes.len() + 500);
    section(&mut bytes, &past, Some(first));
    let slice = bytes.as_slice();
    let document = open(&slice);
    document.check_complete(1);
    assert_eq!(codes(&document), ["xref_entry_outside_revision"]);
}

/// An entry of type 2 whose object stream does not exist yet.
#[test]
fn a_member_of_an_object_stream_to_come_is_named() {
    let mut bytes = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n".to_vec();
    let at = bytes.len();
    let rows = [[0, 0, 0, 0], [1, 0, 9, 0], [2, 0, 40, 0]].concat();
    let head = "3 0 obj\n<</Type/XRef/W[1 2 1]/Size 3/Root 1 0 R/Length 12>>\nstream\n";
    bytes.extend(head.bytes());
    bytes.extend(rows);
    bytes.extend(format!("\nendstream\nendobj\nstartxref\n{at}\n%%EOF\n").bytes());
    let slice = bytes.as_slice();
    let document = open(&slice);
    document.check_complete(0);
    assert_eq!(codes(&document), ["xref_entry_outside_revision"]);
}
