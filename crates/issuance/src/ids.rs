//! Names of things: UUIDs (v7, made at the edge), each in a type of its own, and hashes of files.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Refusal;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident $word:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The id of a UUID that the edge made.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            pub const fn uuid(&self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(to)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(to, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = Refusal;

            /// Only the hyphenated form: one id has one text.
            fn from_str(text: &str) -> Result<Self, Refusal> {
                let unknown = || Refusal::Unknown { what: $word };
                if text.len() != 36 {
                    return Err(unknown());
                }
                Uuid::try_parse(text).map(Self).map_err(|_| unknown())
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }
    )*};
}

id! {
    /// An agency: decides, keeps registers and a seal, or receives and returns.
    AgencyId "agency";
    /// A person who logs in.
    PersonId "person";
    /// An office held by a person from one day to another.
    PositionId "position";
    /// A procedure as one agency carries it out.
    ProcedureId "procedure";
    /// A result of a procedure.
    ResultId "result";
    /// A number series of an agency and year.
    RegisterId "register";
    /// A signing key known to the service.
    KeyId "key";
    /// One typing of a PIN over an exact list.
    ActivationId "activation";
    /// An API client.
    ClientId "client";
    /// Half of an act that needs two people.
    ProposalId "proposal";
    /// A copy on paper.
    CopyId "copy";
    /// One try to print a copy.
    AttemptId "attempt";
    /// A printer.
    PrinterId "printer";
}

/// SHA-256 of a file's bytes; 64 lower-case hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileHash(pub [u8; 32]);

impl FileHash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for FileHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(to, "{byte:02x}"))
    }
}

impl fmt::Debug for FileHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "FileHash({self})")
    }
}

impl FromStr for FileHash {
    type Err = Refusal;

    fn from_str(text: &str) -> Result<Self, Refusal> {
        let unreadable = || Refusal::Unknown { what: "file" };
        if text.len() != 64 {
            return Err(unreadable());
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let digit = |of: Option<&u8>| match of.copied() {
                Some(d @ b'0'..=b'9') => Some(d - b'0'),
                Some(d @ b'a'..=b'f') => Some(d - b'a' + 10),
                _ => None,
            };
            let high = digit(pair.first()).ok_or_else(unreadable)?;
            let low = digit(pair.get(1)).ok_or_else(unreadable)?;
            *byte = high << 4 | low;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for FileHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FileHash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(|_| de::Error::custom("not 64 lower-case hexadecimal digits"))
    }
}
