//! Pages drawn, read and measured. Documents are made here: from stamp (subset CID fonts with
//! ToUnicode) and by hand (standard fonts, annotations).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod content;
mod covers;
mod make;
mod place;
