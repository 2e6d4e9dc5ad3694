//! Sessions of people.

/// Name of the cookie.
pub(crate) const COOKIE: &str = "antin";
