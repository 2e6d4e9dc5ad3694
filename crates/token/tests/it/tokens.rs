use std::fs;
use std::path::PathBuf;

use lab::testing::isolated;
use token::{Module, Pin, PinState, TokenError};

use crate::lab;

#[test]
fn tokens_describe_themselves() {
    let lab = lab();
    let tokens = Module::open(lab::softhsm_module().unwrap()).unwrap().tokens().unwrap();
    // Another test gives a wrong PIN to this one.
    for holder in lab.holders().filter(|holder| *holder != "expired") {
        let token = tokens.iter().find(|t| t.label == holder).unwrap();
        assert_eq!(token.manufacturer, "SoftHSM project");
        assert_eq!(token.pin_state, PinState::Ok);
        assert!(!token.serial.is_empty() && !token.protected_pin_path);
        assert_eq!(token.schemes.len(), 9);
    }
}

#[test]
fn a_token_is_found_by_serial_number_too() {
    lab();
    let module = Module::open(lab::softhsm_module().unwrap()).unwrap();
    let serial = module.tokens().unwrap().into_iter().find(|t| t.label == "seal").unwrap().serial;
    assert_eq!(module.open_public_session(&serial).unwrap().token().label, "seal");
}

#[test]
fn a_missing_module_and_one_that_is_none_are_told_apart() {
    let missing = PathBuf::from("/nowhere/libtoken.so");
    assert_eq!(Module::open(&missing).unwrap_err(), TokenError::ModuleNotFound { path: missing });
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.so");
    fs::write(&text, "not a library").unwrap();
    let error = Module::open(&text).unwrap_err();
    assert_eq!(error.code(), "token_module_unusable");
    assert!(error.text_vi().contains("text.so"), "{}", error.text_vi());
}

#[test]
fn an_absent_token_names_those_that_are_there() {
    lab();
    let error = Module::open(lab::softhsm_module().unwrap())
        .unwrap()
        .open_public_session("nobody")
        .unwrap_err();
    let TokenError::TokenAbsent { label, seen } = &error else { panic!("{error:?}") };
    assert!(label == "nobody" && seen.contains(&"official2".to_owned()), "{seen:?}");
    assert_eq!(error.code(), "token_absent");
    assert!(!error.is_refusal());
}

#[test]
fn a_wrong_pin_is_tried_once_and_the_token_remembers() {
    isolated("tokens::a_wrong_pin_is_tried_once_and_the_token_remembers", [("", ""); 0], || {
        let lab = lab();
        let module = Module::open(lab::softhsm_module()?)?;
        let state = || {
            Ok::<_, TokenError>(
                module.tokens()?.into_iter().find(|t| t.label == "expired").unwrap().pin_state,
            )
        };
        let error =
            module.open_session("expired", &Pin::new("0000000000x".to_owned())).unwrap_err();
        // SoftHSM shows "count low" after a wrong PIN and never locks.
        assert_eq!(error, TokenError::PinIncorrect { state: PinState::CountLow });
        assert!(error.is_refusal() && error.code() == "pin_incorrect");
        assert!(
            error.text_vi().contains("Mã PIN không đúng") && error.text_vi().contains("còn ít")
        );
        assert_eq!(state()?, PinState::CountLow);
        // The right one heals it.
        drop(module.open_session("expired", &lab.pin("expired")?)?);
        assert_eq!(state()?, PinState::Ok);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_pin_of_impossible_length_costs_no_try() {
    isolated("tokens::a_pin_of_impossible_length_costs_no_try", [("", ""); 0], || {
        lab();
        let module = Module::open(lab::softhsm_module()?)?;
        let error = module.open_session("not-yet-valid", &Pin::new("1".to_owned())).unwrap_err();
        assert!(matches!(error, TokenError::PinLength { min: 4, .. }), "{error:?}");
        let token = module.tokens()?.into_iter().find(|t| t.label == "not-yet-valid").unwrap();
        assert_eq!(token.pin_state, PinState::Ok);
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_second_login_in_one_process_is_not_taken_for_a_checked_pin() {
    isolated(
        "tokens::a_second_login_in_one_process_is_not_taken_for_a_checked_pin",
        [("", ""); 0],
        || {
            let lab = lab();
            let module = Module::open(lab::softhsm_module()?)?;
            let first = module.open_session("official2", &lab.pin("official2")?)?;
            let error =
                module.open_session("official2", &Pin::new("9999999999x".to_owned())).unwrap_err();
            assert_eq!(error.code(), "token_already_logged_in");
            assert_eq!(first.sibling()?.keys()?.len(), 1);
            drop(first);
            // The login ended with its last session.
            assert!(module.open_session("official2", &lab.pin("official2")?).is_ok());
            Ok(())
        },
    )
    .unwrap();
}

#[test]
fn a_pin_is_never_shown() {
    assert_eq!(format!("{:?}", Pin::new("123456".to_owned())), "Pin(…)");
}
