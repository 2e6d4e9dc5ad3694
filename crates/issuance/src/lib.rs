//! Results of administrative procedures as pure transitions.
