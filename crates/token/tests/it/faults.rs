//! Each test runs in a process of its own, whose environment commands its own shim.

use std::time::{Duration, Instant};

use anyhow::Result;
use lab::testing::isolated;
use p11_fault_shim::{CONTROL, Control, MODULE, module_path};
use token::{Digest, Module, PinState, Scheme, Session, TokenError};

use crate::lab;
use crate::signatures::{sign_with_all, verifies};

const SCHEME: Scheme = Scheme::RsaPss(Digest::Sha256);

/// Runs `body` with the shim as module; the control file begins empty.
fn with_shim(test: &str, body: impl FnOnce(Module, Control) -> Result<()>) {
    let folder = tempfile::tempdir().unwrap();
    let control = folder.path().join("faults");
    let envs = [(MODULE, lab::softhsm_module().unwrap()), (CONTROL, control)];
    isolated(&format!("faults::{test}"), envs, || {
        let control = Control::at(std::env::var_os(CONTROL).unwrap());
        body(Module::open(module_path()?)?, control)
    })
    .unwrap();
}

fn log_in(module: &Module) -> Result<Session> {
    Ok(module.open_session("official", &lab().pin("official")?)?)
}

#[test]
fn without_faults_the_shim_is_the_token() {
    with_shim("without_faults_the_shim_is_the_token", |module, control| {
        let session = log_in(&module)?;
        sign_with_all(&session);
        assert_eq!((control.logins(), control.signatures()), (1, 15));
        Ok(())
    });
}

#[test]
fn signatures_need_no_search() {
    with_shim("signatures_need_no_search", |module, control| {
        let session = log_in(&module)?;
        let key = session.key("official")?;
        let before = control.searches();
        for _ in 0..3 {
            session.sign(&key, SCHEME, b"bytes")?;
        }
        assert_eq!((control.searches(), control.signatures(), control.logins()), (before, 3, 1));
        Ok(())
    });
}

#[test]
fn a_token_that_only_has_raw_mechanisms_signs_all_the_same() {
    with_shim("a_token_that_only_has_raw_mechanisms_signs_all_the_same", |module, control| {
        control.set("mechanisms=raw")?;
        sign_with_all(&log_in(&module)?);
        Ok(())
    });
}

#[test]
fn a_token_pulled_out_while_signing_is_removed() {
    with_shim("a_token_pulled_out_while_signing_is_removed", |module, control| {
        let session = log_in(&module)?;
        let key = session.key("official")?;
        control.set("sign=device_removed after:3")?;
        assert!(session.sign(&key, SCHEME, b"1").is_ok());
        assert!(session.sign(&key, SCHEME, b"2").is_ok());
        let error = session.sign(&key, SCHEME, b"3").unwrap_err();
        assert_eq!(error, TokenError::Removed);
        assert_eq!(error.code(), "token_removed");
        assert_eq!(control.signatures(), 3);
        Ok(())
    });
}

#[test]
fn a_lost_session_and_a_device_error_have_their_types() {
    with_shim("a_lost_session_and_a_device_error_have_their_types", |module, control| {
        let session = log_in(&module)?;
        let key = session.key("official")?;
        control.set("sign=session_invalid")?;
        assert_eq!(session.sign(&key, SCHEME, b"1").unwrap_err(), TokenError::SessionLost);
        drop(session);
        let session = log_in(&module)?;
        let key = session.key("official")?;
        control.set("sign=device_error")?;
        let error = session.sign(&key, SCHEME, b"2").unwrap_err();
        assert_eq!(error.code(), "token_error");
        assert!(error.text_en().contains("Sign"), "{error}");
        Ok(())
    });
}

#[test]
fn a_slow_token_is_waited_for_and_a_wrong_value_is_passed_on() {
    with_shim("a_slow_token_is_waited_for_and_a_wrong_value_is_passed_on", |module, control| {
        let session = log_in(&module)?;
        let key = session.key("official")?;
        control.set("sign=slow:400")?;
        let before = Instant::now();
        session.sign(&key, SCHEME, b"slow")?;
        assert!(before.elapsed() >= Duration::from_millis(400));
        // Whoever assembles the signature must notice: this crate does not verify.
        control.set("sign=wrong_value")?;
        let value = session.sign(&key, SCHEME, "Điều được ký".as_bytes())?;
        assert!(!verifies(&session, &key, SCHEME, &value));
        Ok(())
    });
}

#[test]
fn empty_slots_are_an_absent_token() {
    with_shim("empty_slots_are_an_absent_token", |module, control| {
        control.set("slots=empty")?;
        assert_eq!(module.tokens()?, []);
        let error = log_in(&module).unwrap_err().downcast::<TokenError>()?;
        assert_eq!(
            error,
            TokenError::TokenAbsent { label: "official".to_owned(), seen: Vec::new() }
        );
        assert_eq!(control.logins(), 0);
        Ok(())
    });
}

#[test]
fn a_wrong_pin_is_sent_exactly_once() {
    with_shim("a_wrong_pin_is_sent_exactly_once", |module, control| {
        control.set("login=pin_incorrect\nflags=final_try")?;
        let error = log_in(&module).unwrap_err().downcast::<TokenError>()?;
        assert_eq!(error, TokenError::PinIncorrect { state: PinState::FinalTry });
        assert!(error.text_vi().contains("MỘT lần thử"), "{}", error.text_vi());
        assert_eq!(control.logins(), 1);
        Ok(())
    });
}

#[test]
fn a_locked_pin_is_said_and_not_tried() {
    with_shim("a_locked_pin_is_said_and_not_tried", |module, control| {
        control.set("login=pin_locked")?;
        assert_eq!(log_in(&module).unwrap_err().downcast::<TokenError>()?, TokenError::PinLocked);
        assert_eq!(control.logins(), 1);
        // The token that locked with this very try says "incorrect" and shows the flag.
        control.set("login=pin_expired")?;
        assert_eq!(log_in(&module).unwrap_err().downcast::<TokenError>()?, TokenError::PinExpired);
        control.set("flags=locked")?;
        assert_eq!(log_in(&module).unwrap_err().downcast::<TokenError>()?, TokenError::PinLocked);
        assert_eq!(control.logins(), 2);
        Ok(())
    });
}

#[test]
fn a_pin_pad_and_a_key_with_its_own_pin_have_their_types() {
    with_shim("a_pin_pad_and_a_key_with_its_own_pin_have_their_types", |module, control| {
        assert_eq!(
            module.open_session_on_pin_pad("official").unwrap_err().code(),
            "pin_pad_missing"
        );
        control.set("reader=pin_pad\nkey=always_authenticate")?;
        assert!(module.tokens()?.iter().all(|t| t.protected_pin_path));
        let session = log_in(&module)?;
        let key = session.key("official")?;
        assert!(key.always_authenticate);
        assert_eq!(session.sign(&key, SCHEME, b"x").unwrap_err().code(), "context_login_needed");
        assert_eq!(control.signatures(), 0);
        Ok(())
    });
}
