//! A PKCS#11 module that wraps another one (SoftHSM2) and fails on demand, for tests of what a real token does only
//! when somebody pulls it out.
//!
//! ```text
//! test ── Control::set("sign=device_removed after:3") ──► control file ($P11_FAULT_CONTROL)
//!                                                              │ read at every call
//! program under test ── dlopen(module_path()) ──► this module ─┴──► $P11_FAULT_MODULE
//!                                                      └──► one line a call in <control file>.calls
//! ```
//!
//! The control file has one `name=value` a line:
//!
//! | line | effect |
//! |---|---|
//! | `sign=device_removed` | `CKR_DEVICE_REMOVED` |
//! | `sign=session_invalid` | `CKR_SESSION_HANDLE_INVALID` |
//! | `sign=device_error` | `CKR_DEVICE_ERROR` |
//! | `sign=slow:MS` | a right signature, after that many milliseconds |
//! | `sign=wrong_value` | a signature with its last bit flipped |
//! | `… after:N` behind any of these | from the Nth signature of the process on |
//! | `slots=empty` | no slot has a token |
//! | `login=pin_incorrect`, `pin_locked`, `pin_expired` | the token below never sees the PIN |
//! | `flags=count_low`, `final_try`, `locked` | what the token tells of the tries left |
//! | `mechanisms=raw` | hides the mechanisms that hash on the token |
//! | `reader=pin_pad` | the token claims a protected authentication path |
//! | `key=always_authenticate` | private keys claim `CKA_ALWAYS_AUTHENTICATE` |
//!
//! This is the only crate of the workspace with unsafe code of its own; it is in [`shim`](self) alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

mod shim;

/// The environment variable with the path of the module below.
pub const MODULE: &str = "P11_FAULT_MODULE";
/// The environment variable with the path of the control file.
pub const CONTROL: &str = "P11_FAULT_CONTROL";

/// The shim as a file, for whoever loads PKCS#11 modules. It lies beside the test binaries whose package depends on
/// this crate.
pub fn module_path() -> io::Result<PathBuf> {
    const NAME: &str = "libp11_fault_shim.so";
    let program = std::env::current_exe()?;
    let places = program
        .ancestors()
        .skip(1)
        .take(3)
        .flat_map(|dir| [dir.join("deps").join(NAME), dir.join(NAME)]);
    let found = places.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| {
        io::Error::new(
            io::ErrorKind::NotFound,
            format!("{NAME} is not beside {}", program.display()),
        )
    })
}

/// The test's end of the control file.
#[derive(Debug, Clone)]
pub struct Control {
    path: PathBuf,
}

impl Control {
    /// Commands the shims whose environment names `path`.
    pub fn at(path: impl Into<PathBuf>) -> Control {
        Control { path: path.into() }
    }

    /// Replaces the faults; an empty text ends them.
    pub fn set(&self, lines: &str) -> io::Result<()> {
        // Whole at once: the shim reads at every call.
        let new = self.path.with_extension("new");
        fs::write(&new, lines)?;
        fs::rename(new, &self.path)
    }

    /// How often `C_Login` was called.
    pub fn logins(&self) -> usize {
        self.count("C_Login")
    }

    /// How many signatures were asked for.
    pub fn signatures(&self) -> usize {
        self.count("C_Sign")
    }

    /// How often the token's objects were searched.
    pub fn searches(&self) -> usize {
        self.count("C_FindObjectsInit")
    }

    fn count(&self, function: &str) -> usize {
        let calls = fs::read_to_string(calls_path(&self.path)).unwrap_or_default();
        calls.lines().filter(|line| *line == function).count()
    }
}

fn calls_path(control: &Path) -> PathBuf {
    let mut name = control.as_os_str().to_owned();
    name.push(".calls");
    PathBuf::from(name)
}
