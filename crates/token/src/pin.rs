use std::fmt;

use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

/// A user PIN. Wiped when dropped, never shown: `Debug` prints `Pin(…)` and there is no `Display`.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Takes the PIN as the person typed it (no trimming: a blank can be part of it).
    pub fn new(pin: String) -> Pin {
        Pin(Zeroizing::new(pin))
    }

    /// Length in bytes, which is what PKCS#11 limits (`ulMinPinLen`, `ulMaxPinLen`).
    pub(crate) fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// A copy for one `C_Login`; it wipes itself too.
    pub(crate) fn for_login(&self) -> AuthPin {
        // An exact-size copy: turning it into a box does not move it and so leaves no second copy behind.
        AuthPin::from(self.0.as_str().to_owned())
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}
