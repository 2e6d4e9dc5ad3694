//! The process that holds the tokens.
