//! Passwords: Argon2id with one fixed cost; an unknown name takes as long as a wrong password.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// Checks passwords, only so many at a time: each takes 19 MiB.
pub(crate) struct Passwords {
    /// Of no password: what an unknown name is checked against.
    decoy: String,
    places: Arc<Semaphore>,
}

/// A password that cannot be taken, or a system without randomness.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than [`SHORTEST`] characters.
    #[error("a password has at least {SHORTEST} characters")]
    Short,
    /// Longer than [`LONGEST_BYTES`].
    #[error("a password has at most {LONGEST_BYTES} bytes")]
    Long,
    /// No randomness, or no memory.
    #[error("the password cannot be hashed: {0}")]
    System(String),
}

/// Characters of the shortest password.
pub const SHORTEST: usize = 12;
/// Bytes of the longest.
pub const LONGEST_BYTES: usize = 256;

/// OWASP's second choice for Argon2id: 19 MiB, two passes, one lane.
fn argon() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).map_err(system)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn system(error: impl std::fmt::Display) -> PasswordError {
    PasswordError::System(error.to_string())
}

/// The same password typed on another keyboard has the same bytes.
fn bytes(password: &str) -> Zeroizing<String> {
    Zeroizing::new(password.nfc().collect())
}

/// What is stored of a password, as a PHC string.
///
/// # Errors
/// Too short, too long, or no randomness.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if password.len() > LONGEST_BYTES {
        return Err(PasswordError::Long);
    }
    let password = bytes(password);
    if password.chars().count() < SHORTEST {
        return Err(PasswordError::Short);
    }
    hash_any(&password)
}

fn hash_any(password: &str) -> Result<String, PasswordError> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(system)?;
    let salt = SaltString::encode_b64(&salt).map_err(system)?;
    let hash = argon()?.hash_password(password.as_bytes(), &salt).map_err(system)?;
    Ok(hash.to_string())
}

/// Whether a password is the stored one; for somebody at the machine, one at a time.
pub fn verify(stored: &str, password: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(bytes(password).as_bytes(), &stored).is_ok()
}

impl Passwords {
    pub(crate) fn new(at_a_time: usize) -> Result<Passwords, PasswordError> {
        let mut nobodys = [0; 16];
        getrandom::fill(&mut nobodys).map_err(system)?;
        let nobodys = nobodys.iter().map(|b| format!("{b:02x}")).collect::<String>();
        Ok(Passwords {
            decoy: hash_any(&nobodys)?,
            places: Arc::new(Semaphore::new(at_a_time.max(1))),
        })
    }

    /// Whether the password is right. `stored`: `None` for an unknown name.
    pub(crate) async fn check(&self, stored: Option<String>, password: &str) -> bool {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.clone());
        let password = bytes(password.get(..LONGEST_BYTES).unwrap_or(password));
        let _place = self.places.acquire().await;
        let right = tokio::task::spawn_blocking(move || {
            let Ok(stored) = PasswordHash::new(&stored) else { return false };
            let argon = Argon2::default();
            argon.verify_password(password.as_bytes(), &stored).is_ok()
        });
        right.await.unwrap_or(false) && known
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn right_wrong_unknown_and_any_keyboard() {
        let passwords = Passwords::new(1).unwrap();
        let stored = hash("mật khẩu của tôi").unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let decomposed: String = "mật khẩu của tôi".nfd().collect();
        assert!(passwords.check(Some(stored.clone()), &decomposed).await);
        assert!(!passwords.check(Some(stored), "mat khau cua toi").await);
        assert!(!passwords.check(None, "mật khẩu của tôi").await);
        assert!(matches!(hash("ngắn"), Err(PasswordError::Short)));
    }
}
