//! The signing ceremony: order, checks before the token is asked, bytes to sign, value, timestamp, validated.
#![allow(missing_docs)] // skeleton
