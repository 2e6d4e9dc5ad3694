//! Acts in transactions.
