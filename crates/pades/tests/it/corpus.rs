//! Files of others, where ANTIN_CORPUS names their folder: how many can be signed, and what qpdf
//! says of the result against what it said of the input.

use std::path::{Path, PathBuf};

use pades::Limits;

use crate::{order, placed, qpdf, sign, try_prepare};

fn corpus(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ANTIN_CORPUS") else {
        println!("ANTIN_CORPUS is not set: files of others are not tried");
        return None;
    };
    Some(Path::new(&folder).join(name))
}

#[test]
fn hard_files_are_signed_or_refused_in_words() {
    let Some(folder) = corpus("tosign") else { return };
    let traits = std::fs::read_to_string(folder.join("traits.tsv")).unwrap();
    let mut clean_refused = vec![];
    let (mut openable, mut prepared, mut as_good) = (0, 0, 0);
    for line in traits.lines().skip(1) {
        let [name, _, traits, _, input, ..] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let input: i32 = input.parse().unwrap();
        let is_openable = !traits.contains("encrypted") && input != 2;
        openable += i32::from(is_openable);
        let what = pades::NewSignature { appearance: Some(placed(0)), ..order() };
        let refusal = match try_prepare(&bytes, &what) {
            Err(pades::PrepareRefusal::OutsidePage) => {
                let small = pades::Placed {
                    x_mm: 0.0,
                    y_mm: 0.0,
                    width_mm: 5.0,
                    height_mm: 3.0,
                    ..placed(0)
                };
                let what = pades::NewSignature { appearance: Some(small), ..order() };
                try_prepare(&bytes, &what).err()
            }
            other => other.err(),
        };
        if let Some(refusal) = refusal {
            println!("{name} ({input}): {refusal}");
            if is_openable && input == 0 {
                clean_refused.push(name.to_owned());
            }
            continue;
        }
        prepared += 1;
        let signed = sign(&bytes, &order());
        let (output, words) = qpdf(&signed, "tosign.pdf").unwrap();
        let facts = pades::read(&signed, &Limits::default());
        assert_eq!(
            facts.signatures.len(),
            1 + pades::read(&bytes, &Limits::default()).signatures.len()
        );
        let own = facts.signatures.last().unwrap();
        assert_eq!(own.defects, vec![], "{name}");
        if !facts.defects.is_empty() {
            println!("{name} ({input}): read says {:?}", facts.defects);
        }
        if output <= input {
            as_good += 1;
        } else {
            println!("{name}: qpdf {input} -> {output}: {words}");
        }
    }
    println!(
        "tosign: {openable} openable, {prepared} prepared, {as_good} as good to qpdf as before"
    );
    // What is left needs a repair, by qpdf's words too: no clean file is refused.
    assert!(clean_refused.is_empty(), "{clean_refused:?}");
    assert!(prepared * 100 >= openable * 85);
    assert_eq!(prepared, as_good);
}

#[test]
fn real_signed_documents_are_read() {
    let Some(folder) = corpus("vn-signed") else { return };
    let expected = std::fs::read_to_string(folder.join("expected.tsv")).unwrap();
    for line in expected.lines().skip(1) {
        let [name, count, integrity, ..] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let facts = pades::read(&bytes, &Limits::default());
        println!("{name}: {:?} {:?}", facts.defects, facts.oddities);
        assert_eq!(facts.signatures.len().to_string(), count, "{name}");
        for signature in &facts.signatures {
            println!("  {} {:?} {:?}", signature.field, signature.revision, signature.defects);
            assert_eq!(signature.defects.is_empty(), integrity == "intact", "{name}");
        }
        if integrity == "intact" {
            assert_eq!(facts.defects, vec![], "{name}");
        }
    }
}

/// Writes each PDF/A file signed, invisibly and with an appearance without ink, into ANTIN_OUT,
/// for veraPDF. It looks into the CMS: ANTIN_CMS names one.
#[test]
#[ignore = "writes files for an outside judge"]
fn archival_files_are_written_signed() {
    let (Some(folder), Some(out)) = (corpus("pdfa"), std::env::var_os("ANTIN_OUT")) else { return };
    let cms = std::fs::read(std::env::var_os("ANTIN_CMS").unwrap()).unwrap();
    let sign = |bytes: &[u8], what: &pades::NewSignature<'_>| {
        let what = pades::NewSignature { contents_bytes: cms.len(), ..what.clone() };
        crate::join(bytes, &try_prepare(bytes, &what).unwrap().finish(&cms).unwrap())
    };
    for profile in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let target = Path::new(&out).join(profile.file_name().unwrap());
        std::fs::create_dir_all(&target).unwrap();
        for file in std::fs::read_dir(&profile).unwrap().map(|entry| entry.unwrap().path()) {
            let bytes = std::fs::read(&file).unwrap();
            let form = "<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<>>/Length 3>>\nstream\nq Q\nendstream";
            let objects =
                vec![pades::FormObject { pieces: vec![(form.as_bytes().to_vec(), None)] }];
            let form = pades::Form { width_mm: 3.0, height_mm: 3.0, objects };
            let place = pades::Placed {
                page: 0,
                x_mm: 1.0,
                y_mm: 1.0,
                width_mm: 3.0,
                height_mm: 3.0,
                form,
            };
            let what = pades::NewSignature { appearance: Some(place), ..order() };
            match try_prepare(&bytes, &what) {
                Ok(_) => {
                    let twice = sign(&sign(&bytes, &order()), &what);
                    std::fs::write(target.join(file.file_name().unwrap()), twice).unwrap();
                }
                Err(refusal) => println!("{}: {refusal}", file.display()),
            }
        }
    }
}

/// Prints what is found wrong in each signed file of the folder that ANTIN_READ names.
#[test]
#[ignore = "prints"]
fn defects_of_a_folder() {
    let Some(folder) = std::env::var_os("ANTIN_READ") else { return };
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "pdf")) {
        let facts = pades::read(&std::fs::read(file).unwrap(), &Limits::default());
        println!("{}: {} signatures", file.display(), facts.signatures.len());
        for defect in facts.defects.iter().chain(&facts.oddities) {
            println!("  {} {:?} {:?} {}", defect.code, defect.offset, defect.object, defect.detail);
        }
        for signature in facts.signatures.iter().filter(|signature| !signature.defects.is_empty()) {
            println!("  {}: {:?}", signature.field, signature.defects);
        }
    }
}
