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
