//! Submissions: text in NFC, limits, and what a refusal says.

use issuance::{HolderInput, Kind, Refusal, RefusalKind, SubmissionInput};

use crate::world::{World, draft, elsewhere, noon};

#[test]
fn text_becomes_nfc() {
    let world = World::new();
    let mut input = draft(&world.procedure);
    // "Giấy" with the accents as combining marks.
    input.title = "  Gia\u{302}\u{301}y ".to_owned();
    let kept = input.checked(noon()).unwrap();
    assert_eq!(kept.title, "Giấy");
}

#[test]
fn what_cannot_be_taken_is_named() {
    let world = World::new();
    let good = || draft(&world.procedure);
    let bad: Vec<(&str, SubmissionInput)> = vec![
        ("title", SubmissionInput { title: " ".to_owned(), ..good() }),
        ("title", SubmissionInput { title: "a\u{0}b".to_owned(), ..good() }),
        ("title", SubmissionInput { title: "a".repeat(1_000_000), ..good() }),
        ("slips", SubmissionInput { slips: vec!["x".to_owned(); 51], ..good() }),
        ("signing_position", SubmissionInput { signing_position: None, ..good() }),
        (
            "signing_position",
            SubmissionInput { kind: elsewhere(&world.procedure, "05/QĐ").kind, ..good() },
        ),
        (
            "last_four",
            SubmissionInput {
                holders: vec![HolderInput::Person {
                    name: "A".to_owned(),
                    last_four: "12a4".to_owned(),
                    birth_year: 1990,
                }],
                ..good()
            },
        ),
        (
            "birth_year",
            SubmissionInput {
                holders: vec![HolderInput::Person {
                    name: "A".to_owned(),
                    last_four: "1234".to_owned(),
                    birth_year: 2027,
                }],
                ..good()
            },
        ),
        (
            "retrieval_secret",
            SubmissionInput {
                holders: vec![HolderInput::Organisation {
                    name: "Công ty A".to_owned(),
                    code: "0101234567".to_owned(),
                    retrieval_secret: "1234".to_owned(),
                }],
                ..good()
            },
        ),
    ];
    for (wanted, input) in bad {
        match input.checked(noon()) {
            Err(Refusal::Field { name, .. }) => assert_eq!(name, wanted),
            other => panic!("{wanted}: {other:?}"),
        }
    }
}

#[test]
fn an_organisations_secret_is_not_kept() {
    let world = World::new();
    let mut input = draft(&world.procedure);
    input.holders = vec![HolderInput::Organisation {
        name: "Công ty A".to_owned(),
        code: "0101234567".to_owned(),
        retrieval_secret: "chìa khóa 1".to_owned(),
    }];
    assert!(!format!("{input:?}").contains("chìa"), "nor in logs");
    let kept = serde_json::to_string(&input.checked(noon()).unwrap()).unwrap();
    assert!(!kept.contains("chìa khóa"));
}

#[test]
fn json_as_a_client_sends_it() {
    let world = World::new();
    let json = serde_json::json!({
        "procedure": world.procedure.id,
        "agency": world.procedure.agency,
        "receiving_place": world.procedure.agency,
        "title": "Quyết định",
        "holders": [{ "person": { "name": "A", "last_four": "0001", "birth_year": 1980 } }],
        "kind": { "signed_elsewhere": { "kind": "Quyết định", "number": "05/QĐ-STP",
            "date": "2026-11-20", "title": "…", "signer": "B" } },
    });
    let input: SubmissionInput = serde_json::from_value(json).unwrap();
    assert!(matches!(input.kind, Kind::SignedElsewhere(_)));
    let unknown = serde_json::json!({ "tittle": "x" });
    assert!(serde_json::from_value::<SubmissionInput>(unknown).is_err());
}

#[test]
fn refusals_speak_both_languages_and_hide_what_exists() {
    let unknown = Refusal::Unknown { what: "result" }.said();
    assert_eq!((unknown.code.as_ref(), unknown.kind), ("unknown", RefusalKind::NotFound));
    let refusal = Refusal::NotReady { waiting: vec![issuance::ActKind::Seal] };
    let said = refusal.said();
    assert_eq!(said.text_vi, "Còn thiếu: đóng dấu.");
    assert_eq!(said.text_en, "Still missing: seal.");
    assert_eq!(said.data, serde_json::json!({ "waiting": ["seal"] }));
    let json = serde_json::to_value(&said).unwrap();
    assert_eq!(serde_json::from_value::<issuance::Said>(json).unwrap(), said);
}
