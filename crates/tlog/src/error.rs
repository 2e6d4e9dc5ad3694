/// What cannot be read, or does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a leaf in canonical form; names the line.
    #[error("leaf: {0} is missing or malformed")]
    Leaf(&'static str),
    /// Not 32 bytes in base64.
    #[error("not a SHA-256 hash in base64")]
    Hash,
}
