//! Signer, worker and web die; answers get lost; the token says no to one item.

use issuance::State;
use office::acts::{BeginActivation, Issue, Steps};
use signer::protocol::Then;
use store::{activations, jobs};

use super::both;
use super::signer::fault;
use super::world::{World, wish};

both! {
    async fn one_item_fails_and_the_others_are_signed(world: World) {
        let (one, two) = (world.submitted().await, world.submitted().await);
        world.signer.state.lock().unwrap().faults.push_back(fault("item_refused", Then::Over));
        let begun =
            world.activate(world.official_key, &[&one, &two], world.official()).await.unwrap();
        world.work().await;
        let (one, two) = (world.result(one.id).await, world.result(two.id).await);
        let states: Vec<State> = vec![one.state, two.state];
        // Which of the two met the fault is a race.
        assert!(states.contains(&State::Signed) && states.contains(&State::Approved), "{states:?}");
        let mut tx = world.store().read().await.unwrap();
        let items = activations::items::<Steps>(&mut tx, begun.id).await.unwrap();
        let failed = items.iter().find(|item| item.state == "failed").unwrap();
        assert!(failed.outcome.as_ref().unwrap().to_string().contains("không: item_refused"));
        drop(tx);
        // What failed is signed by the next one.
        let again = if one.state == State::Approved { &one } else { &two };
        assert_eq!(world.sign(again).await.state, State::Signed);
    }

    async fn a_lost_answer_is_asked_for_again_and_nothing_is_signed_twice(world: World) {
        let result = world.submitted().await;
        world.signer.state.lock().unwrap().drop_answers = 2;
        world.signer.state.lock().unwrap().faults.push_back(fault("tsa_away", Then::Again));
        let result = world.sign(&result).await;
        assert_eq!(result.state, State::Signed);
        let state = world.signer.state.lock().unwrap();
        assert_eq!(state.signed.values().copied().collect::<Vec<_>>(), [1]);
    }

    async fn the_signer_dies_and_the_rest_needs_a_new_activation(world: World) {
        let result = world.submitted().await;
        let result = world.sign(&result).await;
        world.activate(world.seal, &[&result], world.clerk()).await.unwrap();
        world.signer.die();
        world.work().await;
        let free = world.result(result.id).await;
        assert_eq!((free.state, &free.in_hand), (State::Signed, &None));
        assert!(free.reasons.last().unwrap().text.contains("Phiên ký đã mất"));
        let sealed = world.seal(&free).await;
        assert_eq!((sealed.state, sealed.number.as_ref().unwrap().seq), (State::Sealed, 8));
    }

    async fn a_dead_workers_job_is_taken_over(world: World) {
        let result = world.submitted().await;
        world.activate(world.official_key, &[&result], world.official()).await.unwrap();
        // Claimed by somebody who never comes back.
        let dead = jobs::claim(world.store(), &["sign"], "dead", 30, 10).await.unwrap();
        assert_eq!(dead.len(), 1);
        world.work().await;
        assert_eq!(world.result(result.id).await.state, State::Approved);
        world.pass(31);
        world.work().await;
        assert_eq!(world.result(result.id).await.state, State::Signed);
        // It does come back: too late.
        let late = jobs::end(world.store(), &dead[0], store::End::Done).await;
        assert!(matches!(late, Err(store::StoreError::LeaseLost(_))));
    }

    async fn what_nobody_opened_is_released(world: World) {
        let result = world.submitted().await;
        let act = BeginActivation {
            id: issuance::ActivationId::new(uuid::Uuid::now_v7()),
            key: world.official_key,
            ink: world.desk.ink(world.official_key).await.unwrap(),
            items: vec![wish(&result, 0)],
            expires: world.store().now() + jiff::SignedDuration::from_secs(290),
            level: signing::Level::T,
        };
        // The web dies here, before the PIN reached the signer.
        let begun = world.store().perform(act, world.official()).await.unwrap();
        world.work().await;
        assert!(world.result(result.id).await.in_hand.is_some());
        world.pass(360);
        world.work().await;
        let free = world.result(result.id).await;
        assert_eq!((free.state, &free.in_hand), (State::Approved, &None));
        let mut tx = world.store().read().await.unwrap();
        let activation = activations::get(&mut tx, begun.id).await.unwrap().unwrap();
        assert_eq!(activation.state, "lost");
    }

    async fn the_signer_is_away_when_the_pin_comes(world: World) {
        let result = world.submitted().await;
        std::fs::remove_file(&world.signer.socket).unwrap();
        let away = world.activate(world.official_key, &[&result], world.official()).await;
        assert!(matches!(away, Err(office::desk::DeskError::Signer(_))), "{away:?}");
        let same = world.result(result.id).await;
        assert_eq!((same.state, &same.in_hand), (State::Submitted, &None));
    }

    async fn nothing_is_issued_before_its_time(world: World) {
        let result = world.submitted().await;
        let issue = |result: &issuance::ProcedureResult| Issue { result: result.id, seen: None };
        for state in [State::Submitted, State::Signed] {
            let now = world.result(result.id).await;
            assert_eq!(now.state, state);
            assert!(world.store().perform(issue(&now), world.clerk()).await.is_err());
            world.sign(&now).await;
        }
        let sealed = world.seal(&world.result(result.id).await).await;
        for who in [world.official(), world.officer(), world.as_client()] {
            assert!(world.store().perform(issue(&sealed), who).await.is_err());
        }
        assert!(world.store().perform(issue(&sealed), world.clerk()).await.is_ok());
    }
}

/// The preparing process dies, lies or says nothing: the draft is refused in words, and the service
/// goes on. What stands in for `antin child prepare` here are programs of the system.
#[tokio::test]
async fn a_preparing_process_that_fails_refuses_the_draft() {
    use office::children::{ChildLimits, PrepareJob, Reader};
    let job = PrepareJob {
        acts: vec![],
        layout: issuance::Layout::default(),
        file: 0,
        certify: false,
        title: String::new(),
        name: String::new(),
        moved: Default::default(),
        link: None,
    };
    for program in ["/bin/false", "/bin/true", "/bin/echo"] {
        let reader = Reader::new(program.into(), ChildLimits::default(), 1);
        let refused = reader.prepare(b"%PDF-1.7 made up", &job).await.unwrap().unwrap_err();
        assert_eq!(refused.findings[0].code, "too_large", "{program}");
    }
    let none = Reader::new("/nowhere/antin".into(), ChildLimits::default(), 1);
    assert!(none.prepare(b"%PDF-1.7 made up", &job).await.is_err());
}
