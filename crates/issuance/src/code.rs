//! The check code of a result: 128 random bits for people to type and for the QR link.
//!
//! 26 Crockford base32 characters and a check character (Luhn mod 32 over the same alphabet), shown
//! in groups of four. A wrong check character means mistyped, never forged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::Refusal;

/// 128 random bits, made at the edge.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CheckCode([u8; 16]);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 26;

impl CheckCode {
    /// From 16 random bytes.
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// The 128 bits.
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// SHA-256 of the 27 characters: under it the store finds the result.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.to_string().as_bytes()).into()
    }

    /// Groups of four, as people read and type it.
    pub fn grouped(&self) -> String {
        let text = self.to_string();
        let groups: Vec<&str> = text
            .as_bytes()
            .chunks(4)
            .map(|group| std::str::from_utf8(group).unwrap_or_default())
            .collect();
        groups.join(" ")
    }

    fn digits(&self) -> [u8; DIGITS] {
        // 26 digits hold 130 bits: the first digit has three, which is why it is 0 to 7.
        let mut rest = u128::from_be_bytes(self.0);
        let mut digits = [0; DIGITS];
        for digit in digits.iter_mut().rev() {
            *digit = (rest & 31) as u8;
            rest >>= 5;
        }
        digits
    }
}

impl fmt::Display for CheckCode {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        for digit in digits.iter().chain([&check(&digits)]) {
            let character = ALPHABET.get(usize::from(*digit)).copied().unwrap_or(b'0');
            write!(to, "{}", char::from(character))?;
        }
        Ok(())
    }
}

impl fmt::Debug for CheckCode {
    /// Whoever knows the code sees the result: it does not go into logs.
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("CheckCode(…)")
    }
}

impl FromStr for CheckCode {
    type Err = Refusal;

    /// Upper or lower case, with or without spaces and hyphens; O reads as 0, I and L as 1.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let mut digits = [0_u8; DIGITS + 1];
        let mut count = 0;
        for character in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let value = value(character).ok_or(Refusal::CodeMistyped)?;
            *digits.get_mut(count).ok_or(Refusal::CodeMistyped)? = value;
            count += 1;
        }
        let [first, .., last] = digits;
        let body: [u8; DIGITS] = std::array::from_fn(|i| digits[i]);
        if count != DIGITS + 1 || first > 7 || last != check(&body) {
            return Err(Refusal::CodeMistyped);
        }
        let number = body.iter().fold(0_u128, |all, digit| all << 5 | u128::from(*digit));
        Ok(Self(number.to_be_bytes()))
    }
}

fn value(character: char) -> Option<u8> {
    let character = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|a| char::from(*a) == character)?;
    u8::try_from(at).ok()
}

/// Luhn mod N (N = 32): every second digit from the right doubled, the digits of the double added.
fn check(digits: &[u8; DIGITS]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| {
            let addend = u32::from(*digit) * if i % 2 == 0 { 2 } else { 1 };
            addend / 32 + addend % 32
        })
        .sum();
    ((32 - sum % 32) % 32) as u8
}

impl Serialize for CheckCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CheckCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(|_| de::Error::custom("not a check code"))
    }
}
