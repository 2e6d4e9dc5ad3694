//! Check codes: how they read, and that a mistyped one is noticed.

use issuance::{CheckCode, FileHash, Refusal, ResultId};
use proptest::prelude::*;

#[test]
fn zero_and_all_ones() {
    let zero = CheckCode::new([0; 16]).to_string();
    assert_eq!(zero, "0".repeat(27));
    let ones = CheckCode::new([0xff; 16]);
    assert!(ones.to_string().starts_with("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
    assert_eq!(ones.grouped().split(' ').count(), 7);
}

#[test]
fn people_type_as_they_like() {
    let code = CheckCode::new(*b"0123456789abcdef");
    let typed = code.grouped().to_lowercase().replace('0', "o").replace('1', "l");
    assert_eq!(typed.parse(), Ok(code));
    assert_eq!(code.grouped().replace(' ', "-").replace('1', "I").parse(), Ok(code));
    for bad in ["", "0", "U", &"0".repeat(28), &format!("8{}", "0".repeat(26)), "ßßß", "٣"] {
        assert_eq!(bad.parse::<CheckCode>(), Err(Refusal::CodeMistyped), "{bad}");
    }
    assert!(!format!("{code:?}").contains("60"), "codes stay out of logs");
}

#[test]
fn one_id_one_text() {
    let text = "01900000-0000-7000-8000-000000000007";
    assert_eq!(text.parse::<ResultId>().unwrap().to_string(), text);
    for other in [text.replace('-', ""), format!("{{{text}}}"), format!("urn:uuid:{text}")] {
        assert!(other.parse::<ResultId>().is_err(), "{other}");
    }
    let hash = FileHash::of(b"");
    assert_eq!(hash.to_string().parse(), Ok(hash));
    assert!(hash.to_string().to_uppercase().parse::<FileHash>().is_err());
}

proptest! {
    #[test]
    fn reads_what_it_writes(bits: [u8; 16]) {
        let code = CheckCode::new(bits);
        prop_assert_eq!(code.to_string().parse(), Ok(code));
        let json = serde_json::to_string(&code).unwrap();
        prop_assert_eq!(serde_json::from_str::<CheckCode>(&json).unwrap(), code);
    }

    #[test]
    fn one_wrong_character_is_noticed(bits: [u8; 16], at in 0_usize..27, other in 0_usize..32) {
        let right = CheckCode::new(bits).to_string();
        let alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let put = alphabet.chars().nth(other).unwrap();
        let wrong: String =
            right.chars().enumerate().map(|(i, c)| if i == at { put } else { c }).collect();
        prop_assert_eq!(wrong.parse::<CheckCode>().is_ok(), wrong == right);
    }

    #[test]
    fn neighbours_swapped_are_noticed(bits: [u8; 16], at in 0_usize..26) {
        let right = CheckCode::new(bits).to_string();
        let mut wrong: Vec<char> = right.chars().collect();
        wrong.swap(at, at + 1);
        let pair = (wrong[at], wrong[at + 1]);
        let wrong: String = wrong.into_iter().collect();
        // Luhn mod N cannot tell the first character of the alphabet from the last when swapped.
        if pair != ('0', 'Z') && pair != ('Z', '0') {
            prop_assert_eq!(wrong.parse::<CheckCode>().is_ok(), wrong == right);
        }
    }
}
