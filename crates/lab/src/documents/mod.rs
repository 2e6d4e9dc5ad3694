//! Realistic results of administrative procedures, in the layout of NĐ 30/2020/NĐ-CP, and the
//! pictures that go on them. Every person, place and number is invented; each page says so.
//!
//! ```text
//! words (household, decision, marital) ─► form (header, blanks, signature block) ─► sheet ─► PDF/A-2b
//!                                                 └─► Layout: where signature, seal, number … go
//! ```
//!
//! Three documents made here (krilla, PDF/A-2b, cross-reference table), the same three as
//! LibreOffice exported them (table) and as qpdf rewrote ours (cross-reference stream, one
//! linearised), both kept in `fixtures/documents`. Equal arguments give equal bytes.

mod decision;
mod form;
mod household;
mod kept;
mod layout;
mod marital;
pub mod pictures;
mod sheet;

pub use kept::{libreoffice, rewritten};
pub use layout::{Layout, Place, QUIET_ZONE_MM};

/// One document with the places where its signatures go.
#[derive(Debug, Clone, PartialEq)]
pub struct LabDocument {
    /// Short ASCII name, fit for a file.
    pub name: &'static str,
    /// The file.
    pub pdf: Vec<u8>,
    /// Where number, signature, seal and the rest go.
    pub layout: Layout,
}

/// All three, as made on this day: certificate of a business household, decision of two pages with
/// a table, confirmation of marital status.
///
/// # Errors
/// Only if the PDF writer refuses its input: a defect of this module.
pub fn all(created: jiff::Timestamp) -> anyhow::Result<Vec<LabDocument>> {
    Ok(vec![household_business(created)?, decision(created)?, marital_status(created)?])
}

/// Giấy chứng nhận đăng ký hộ kinh doanh: one page.
///
/// # Errors
/// As [`all`].
pub fn household_business(created: jiff::Timestamp) -> anyhow::Result<LabDocument> {
    household::make(created)
}

/// Quyết định: two pages with a table that crosses them.
///
/// # Errors
/// As [`all`].
pub fn decision(created: jiff::Timestamp) -> anyhow::Result<LabDocument> {
    decision::make(created)
}

/// Giấy xác nhận tình trạng hôn nhân: one page, signed by a deputy.
///
/// # Errors
/// As [`all`].
pub fn marital_status(created: jiff::Timestamp) -> anyhow::Result<LabDocument> {
    marital::make(created)
}
