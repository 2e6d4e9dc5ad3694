//! What pages and API ask: read only, over several tables.

pub mod inbox;
pub mod public;
pub mod register;
pub mod since;
