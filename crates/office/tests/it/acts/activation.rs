//! Activations: what is put in hand, what the PIN opens, what becomes of each item.

use issuance::{Refusal, State};
use office::acts::{Steps, Wish, Withdraw};
use office::desk::DeskError;
use store::activations;
use zeroize::Zeroizing;

use super::both;
use super::signer::PIN;
use super::world::{World, actor, wish};

both! {
    async fn twenty_by_one_pin_and_one_changed_refused_alone(world: World) {
        let mut results = vec![];
        for _ in 0..20 {
            results.push(world.submitted().await);
        }
        let wishes: Vec<Wish> = results.iter().map(|result| wish(result, 0)).collect();
        // One is withdrawn after the list was shown.
        let gone = Withdraw { result: results[7].id, reason: "rút".to_owned() };
        world.store().perform(gone, world.officer()).await.unwrap();
        let pin = Zeroizing::new(PIN.to_owned());
        let begun =
            world.desk.activate(world.official_key, wishes, pin, world.official()).await.unwrap();
        let refused: Vec<u32> =
            begun.items.iter().filter(|i| i.hash.is_err()).map(|i| i.ordinal).collect();
        assert_eq!(refused, [7]);
        world.work().await;
        for (n, result) in results.iter().enumerate() {
            let state = world.result(result.id).await.state;
            assert_eq!(state, if n == 7 { State::Withdrawn } else { State::Signed });
        }
        assert_eq!(world.signer.state.lock().unwrap().seen_pins, 1);
        let mut tx = world.store().read().await.unwrap();
        let activation = activations::get(&mut tx, begun.id).await.unwrap().unwrap();
        assert_eq!(activation.state, "closed");
        let items = activations::items::<Steps>(&mut tx, begun.id).await.unwrap();
        let done = items.iter().filter(|item| item.state == "done").count();
        assert_eq!((done, items[7].state.as_str()), (19, "refused"));
    }

    async fn a_wrong_pin_leaves_nothing_in_hand_and_the_number_with_its_result(world: World) {
        let result = world.submitted().await;
        let result = world.sign(&result).await;
        let wishes = vec![wish(&result, 0)];
        let pin = Zeroizing::new("11111111".to_owned());
        let wrong = world.desk.activate(world.seal, wishes, pin, world.clerk()).await;
        let Err(DeskError::Refused(refusal)) = wrong else { panic!("{wrong:?}") };
        assert_eq!(refusal.code(), "pin_incorrect");
        let free = world.result(result.id).await;
        assert_eq!((free.state, &free.in_hand), (State::Signed, &None));
        assert_eq!(free.number.as_ref().unwrap().seq, 8);
        // The next activation writes the same number.
        let sealed = world.seal(&free).await;
        assert_eq!(sealed.number.as_ref().unwrap().seq, 8);
        let next = world.sealed().await;
        assert_eq!(next.number.as_ref().unwrap().seq, 9);
    }

    async fn two_officials_on_one_result(world: World) {
        let result = world.submitted().await;
        world.activate(world.official_key, &[&result], world.official()).await.unwrap();
        let held = world.result(result.id).await;
        let second =
            world.activate(world.deputy_key, &[&held], actor(&world.deputy)).await.unwrap();
        let said = second.items[0].hash.clone().unwrap_err();
        assert_eq!(said.code, "in_hand");
        world.work().await;
        assert_eq!(world.result(result.id).await.state, State::Signed);
    }

    async fn keys_roles_and_agencies(world: World) {
        let result = world.submitted().await;
        // Somebody else's key, the seal, an official of another agency.
        for (key, who, code) in [
            (world.deputy_key, world.official(), "key_not_yours"),
            (world.seal, world.official(), "key_not_yours"),
            (
                world.official_key,
                world.actor(world.health, issuance::Role::Official),
                "other_agency",
            ),
            (
                world.official_key,
                world.actor(world.justice, issuance::Role::Administrator),
                "not_your_role",
            ),
        ] {
            let begun = world.activate(key, &[&result], who).await.unwrap();
            let said = begun.items[0].hash.clone().unwrap_err();
            assert_eq!(said.code, code);
        }
        assert_eq!(world.signer.state.lock().unwrap().seen_pins, 0, "nothing to sign, no PIN");
        let same = world.result(result.id).await;
        assert_eq!((same.state, same.version), (State::Submitted, 1));
    }

    async fn number_and_seal_and_the_seals_of_attachments_by_one_pin(world: World) {
        let result = world.submitted_with(2).await;
        let result = world.sign(&result).await;
        let wishes = (0..3).map(|file| wish(&result, file)).collect();
        let pin = Zeroizing::new(PIN.to_owned());
        let begun = world.desk.activate(world.seal, wishes, pin, world.clerk()).await.unwrap();
        assert!(begun.items.iter().all(|item| item.hash.is_ok()), "{begun:?}");
        world.work().await;
        let sealed = world.result(result.id).await;
        assert_eq!(sealed.state, State::Sealed);
        for file in &sealed.files {
            assert_ne!(file.current, file.submitted);
            world.desk.object(&file.current).await.unwrap();
        }
    }

    async fn an_activation_is_used_once(world: World) {
        let result = world.submitted().await;
        let begun =
            world.activate(world.official_key, &[&result], world.official()).await.unwrap();
        world.work().await;
        let before = world.result(result.id).await;
        // Opened again, refused again, its job again: nothing moves.
        let again = office::acts::ActivationOpened { id: begun.id };
        let again = world.store().perform(again, world.official()).await;
        assert!(matches!(again, Err(store::PerformError::Refused(Refusal::ActivationOver))));
        world.pass(1000);
        world.work().await;
        assert_eq!(world.result(result.id).await, before);
    }
}
