//! From submission to issue and after, by both doors, seen in every table.

use issuance::{
    ActState, FileHash, Finding, NumberState, ProposalId, Proposed, Refusal, State, Validation,
};
use office::acts::{
    Cancel, Confirm, Idempotency, Issue, JudgeIntake, Propose, Resubmit, Return, SubmitDraft,
    Withdraw,
};
use office::desk::{DeskError, Submit};
use store::{Actor, PerformError, audit, events, evidence, leaves, registers, results};
use uuid::Uuid;

use super::both;
use super::world::{World, code, procedure, result_id};

fn refused<T: std::fmt::Debug>(done: Result<T, PerformError>) -> Refusal {
    match done {
        Err(PerformError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

both! {
    async fn submitted_signed_numbered_sealed_issued(world: World) {
        let result = world.submitted().await;
        assert_eq!(result.state, State::Submitted);
        let result = world.sign(&result).await;
        assert_eq!((result.state, result.in_hand.clone()), (State::Signed, None));
        let result = world.seal(&result).await;
        assert_eq!(result.state, State::Sealed);
        let number = result.number.clone().unwrap();
        assert_eq!((number.text.as_str(), number.state), ("08/QĐ-STP", NumberState::Used));
        let issue = Issue { result: result.id, seen: None };
        let issued = world.store().perform(issue, world.clerk()).await.unwrap();
        assert_eq!(issued.state, State::Issued);

        // From outside: file, evidence, number, leaf, events, audit.
        let file = world.desk.object(&issued.files[0].current).await.unwrap();
        assert_eq!(FileHash::of(&file), issued.files[0].current);
        let draft = world.desk.object(&issued.files[0].submitted).await.unwrap();
        assert!(file.starts_with(&draft), "every signature appends");
        let mut tx = world.store().read().await.unwrap();
        let proofs = evidence::of_result(&mut tx, result.id).await.unwrap();
        assert_eq!(proofs.len(), 3);
        for proof in &proofs {
            world.desk.object(&proof.hash).await.unwrap();
        }
        let numbers = registers::numbers_of_result(&mut tx, result.id).await.unwrap();
        assert_eq!((numbers.len(), numbers[0].number.seq), (1, 8));
        let leaf = leaves::of_result(&mut tx, result.id).await.unwrap().remove(0);
        let leaf = tlog::Leaf::from_bytes(&leaf.bytes).unwrap();
        assert_eq!(leaf.file, Some(issued.files[0].current.0));
        assert!(leaf.commits_to(issued.code.bytes(), &issued.claims(issuance::LeafKind::Issue)));
        assert!(leaf.kid.is_some() && leaf.prev.is_none());
        assert!(results::by_code(&mut tx, &issued.code).await.unwrap().is_some());
        drop(tx);
        world.place().await;
        let mut tx = world.store().read().await.unwrap();
        let told: Vec<String> = events::since(&mut tx, 0, None, 100)
            .await
            .unwrap()
            .into_iter()
            .map(|placed| placed.event.kind)
            .collect();
        assert_eq!(told, ["result.submitted", "result.approved", "result.signed",
            "result.numbered", "result.sealed", "result.issued"]);
        let rows = audit::of_object(&mut tx, &format!("result {}", result.id)).await.unwrap();
        let acts: Vec<&str> = rows.iter().map(|row| row.act.as_str()).collect();
        assert_eq!(acts, ["submit_draft", "begin_activation", "finish_item", "begin_activation",
            "finish_item", "issue"]);
        assert!(rows.iter().all(|row| row.refusal.is_none()));
        assert!(rows[1].person.is_some() && rows[1].activation.is_some());
        assert_eq!(rows[1].reason.as_deref(), Some("approve"));
        assert_eq!(rows[5].after, Some(issued.files[0].current));
    }

    async fn a_real_draft_is_prepared_and_signed(world: World) {
        let document = lab::documents::decision("2026-01-05T02:00:00Z".parse().unwrap()).unwrap();
        let mut wanted = procedure(
            world.justice,
            &[issuance::ActKind::Sign, issuance::ActKind::NumberDate, issuance::ActKind::Seal],
            &[],
        );
        wanted.id = world.procedure.id;
        let in_mm = |place: lab::documents::Place| {
            let [x_mm, y_mm, width_mm, height_mm] = place.rect();
            let page = issuance::PageRef::Page(u32::try_from(place.page - 1).unwrap());
            issuance::Spot::Box { page, x_mm, y_mm, width_mm, height_mm }
        };
        let boxes = [("sign", in_mm(document.layout.signature)),
            ("seal", in_mm(document.layout.seal)), ("qr", in_mm(document.layout.qr)),
            ("number_date", issuance::Spot::HeaderLine)];
        wanted.layout.0 = boxes.map(|(name, spot)| (name.to_owned(), spot)).into();
        let admin = world.actor(world.justice, issuance::Role::Administrator);
        let put = office::acts::admin::PutProcedure(wanted);
        world.store().perform(put, admin).await.unwrap();
        let submit = Submit {
            submission: world.input(),
            pdf: document.pdf.clone(),
            attachments: vec![],
            idempotency: Some(Idempotency { key: "a".to_owned(), fingerprint: [1; 32] }),
        };
        let answer = world.desk.submit(submit.clone(), world.as_client()).await.unwrap();
        assert_eq!(world.desk.submit(submit.clone(), world.as_client()).await.unwrap(), answer);
        let other = Submit {
            idempotency: Some(Idempotency { key: "a".to_owned(), fingerprint: [2; 32] }),
            ..submit.clone()
        };
        let reused = world.desk.submit(other, world.as_client()).await;
        assert!(matches!(reused, Err(DeskError::Refused(Refusal::IdempotencyReused))));
        let result = world.result(answer.id).await;
        let ready = world.desk.object(&result.files[0].current).await.unwrap();
        assert!(ready.starts_with(&document.pdf) && ready.len() > document.pdf.len());
        assert!(result.field_box("qr", 0).is_some());
        let result = world.sign(&result).await;
        let result = world.seal(&result).await;
        assert_eq!(result.state, State::Sealed);

        // What is no draft is refused in words, and stands in the audit.
        let bad = Submit { pdf: b"no pdf".to_vec(), idempotency: None, ..submit };
        let Err(DeskError::Refused(refusal)) = world.desk.submit(bad, world.as_client()).await
        else { panic!() };
        assert!(refusal.said().text_vi.starts_with("Không nhận dự thảo."), "{refusal:?}");
        let mut tx = world.store().read().await.unwrap();
        let count = audit::count(&mut tx).await.unwrap();
        drop(tx);
        world.place().await;
        let mut tx = world.store().read().await.unwrap();
        let search = audit::Search {
            act: Some("submit_draft".to_owned()), limit: 10, ..Default::default()
        };
        let rows = audit::search(&mut tx, &search).await.unwrap();
        assert!(rows[0].refusal.as_deref().is_some_and(|r| r.contains(&*refusal.code())), "{count}");
    }

    async fn the_same_key_twice_is_one_result(world: World) {
        let made = world.made(world.input(), 0).await;
        let idempotency = Some(Idempotency { key: "k".to_owned(), fingerprint: [3; 32] });
        let first = SubmitDraft { id: result_id(), code: code(), made, idempotency };
        let again = SubmitDraft { id: result_id(), code: code(), ..first.clone() };
        let one = world.store().perform(first, world.as_client()).await.unwrap();
        let two = world.store().perform(again, world.as_client()).await.unwrap();
        assert_eq!(one, two);
        let mut tx = world.store().read().await.unwrap();
        assert_eq!(results::ids(&mut tx, None, 10).await.unwrap().len(), 1);
    }

    async fn returned_corrected_cancelled_withdrawn(world: World) {
        let result = world.submitted().await;
        let seen = issuance::Seen {
            revision: 1, sha256: result.files[0].current, version: None,
        };
        let back = Return { result: result.id, seen, reason: "thiếu trang 2".to_owned() };
        let returned = world.store().perform(back, world.official()).await.unwrap();
        assert_eq!(returned.state, State::Returned);
        let made = world.made(world.input(), 0).await;
        let again = Resubmit { result: result.id, made, idempotency: None };
        let answer = world.store().perform(again, world.officer()).await.unwrap();
        assert_eq!((answer.revision, answer.code), (2, result.code));
        let sealed = world.sign(&world.result(result.id).await).await;
        let sealed = world.seal(&sealed).await;
        assert_eq!(sealed.number.as_ref().unwrap().seq, 8);

        // Cancelled: the number is void; the third revision gets the next one.
        let cancel = Cancel { result: result.id, reason: "sai tên".to_owned() };
        world.store().perform(cancel, world.clerk()).await.unwrap();
        let made = world.made(world.input(), 0).await;
        let again = Resubmit { result: result.id, made, idempotency: None };
        world.store().perform(again, world.officer()).await.unwrap();
        let sealed = world.sign(&world.result(result.id).await).await;
        let sealed = world.seal(&sealed).await;
        assert_eq!((sealed.revision, sealed.number.as_ref().unwrap().seq), (3, 9));
        let mut tx = world.store().read().await.unwrap();
        let numbers = registers::numbers_of_result(&mut tx, result.id).await.unwrap();
        let states: Vec<_> = numbers.iter().map(|n| (n.number.seq, n.number.state)).collect();
        assert_eq!(states, [(8, NumberState::Void), (9, NumberState::Used)]);
        assert_eq!(numbers[0].note, "sai tên");
        drop(tx);

        let other = world.submitted().await;
        let gone = Withdraw { result: other.id, reason: "dân rút".to_owned() };
        let gone = world.store().perform(gone, world.officer()).await.unwrap();
        assert_eq!(gone.state, State::Withdrawn);
    }

    async fn revoked_by_two_people(world: World) {
        let result = world.sealed().await;
        let issue = Issue { result: result.id, seen: None };
        let result = world.store().perform(issue, world.clerk()).await.unwrap();
        let propose = |proposed| Propose {
            id: ProposalId::new(Uuid::now_v7()),
            result: result.id,
            proposed,
            reason: "cấp sai".to_owned(),
        };
        let proposal = world.store().perform(propose(Proposed::Revoke), world.official()).await;
        let proposal = proposal.unwrap();
        let confirm = Confirm { proposal: proposal.id };
        let alone = world.store().perform(confirm.clone(), world.official()).await;
        assert_eq!(refused(alone), Refusal::SamePerson);
        let gone = world.store().perform(confirm.clone(), world.clerk()).await.unwrap();
        assert_eq!(gone.state, State::Revoked);
        let twice = world.store().perform(confirm, world.clerk()).await;
        assert_eq!(refused(twice), Refusal::ProposalClosed);
        let mut tx = world.store().read().await.unwrap();
        let rows = leaves::of_result(&mut tx, result.id).await.unwrap();
        let read: Vec<tlog::Leaf> =
            rows.iter().map(|row| tlog::Leaf::from_bytes(&row.bytes).unwrap()).collect();
        let kinds: Vec<&str> = read.iter().map(|leaf| leaf.kind.as_str()).collect();
        assert_eq!(kinds, ["issue", "revoke"]);
        assert_eq!(read[1].prev, Some(read[0].hash()));
        let rows = audit::of_object(&mut tx, &format!("result {}", result.id)).await.unwrap();
        let last: Vec<(&str, bool)> =
            rows.iter().rev().take(4).map(|r| (r.act.as_str(), r.refusal.is_some())).collect();
        assert_eq!(last, [("confirm", true), ("confirm", false), ("confirm", true),
            ("propose", false)]);
    }

    async fn the_second_door(world: World) {
        let result = world.submitted_elsewhere("05/QĐ-STP").await;
        let verdict = |finding: Finding| JudgeIntake {
            result: result.id,
            validation: Validation {
                file: result.files[0].current,
                finding,
                policy: "pades-baseline@1".to_owned(),
                at: jiff::Timestamp::now(),
                evidence: FileHash::of(b"evidence"),
            },
            job: None,
        };
        let by_hand = Finding::Passed { hierarchy: None, signers: vec![] };
        let by_hand = world.store().perform(verdict(by_hand), world.clerk()).await;
        assert!(matches!(refused(by_hand), Refusal::NotYourRole { .. }));
        let wants = Finding::WantsEvidence { missing: vec!["CRL".to_owned()] };
        let waits = world.store().perform(verdict(wants), Actor::worker()).await.unwrap();
        assert_eq!(waits.state, State::AwaitingEvidence);
        let passed = Finding::Passed { hierarchy: Some("neac".to_owned()), signers: vec![] };
        let accepted = world.store().perform(verdict(passed.clone()), Actor::worker()).await;
        assert_eq!(accepted.unwrap().state, State::Accepted);
        let issue = Issue { result: result.id, seen: None };
        let issued = world.store().perform(issue, world.clerk()).await.unwrap();
        assert_eq!(issued.files[0].current, issued.files[0].submitted);
        assert_eq!(issued.number.as_ref().unwrap().seq, 5);

        // The same number again: people decide which one is wrong.
        let twin = world.submitted_elsewhere("05/QĐ-STP").await;
        let judge = JudgeIntake {
            result: twin.id,
            validation: Validation {
                file: twin.files[0].current, ..verdict(passed).validation
            },
            job: None,
        };
        let refused = world.store().perform(judge, Actor::worker()).await.unwrap();
        assert_eq!(refused.state, State::Refused);
    }

    async fn a_file_that_cannot_be_read_is_refused_by_the_job(world: World) {
        let result = world.submitted_elsewhere("06/QĐ-STP").await;
        world.work().await;
        // The reading process of this world is /bin/false: whatever it gets, it dies.
        let result = world.result(result.id).await;
        assert_eq!(result.state, State::Refused);
        assert!(!result.reasons[0].text.is_empty());
        assert!(result.acts.iter().all(|act| act.state == ActState::Waiting));
    }
}
