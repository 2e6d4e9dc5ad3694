//! What a page shows: pixels, text boxes, image boxes (hayro). No judgement, no file access.
//! All boxes are in mm from the lower left corner of the page as the reader sees it (rotation, CropBox, UserUnit resolved).
#![allow(clippy::todo, missing_docs, unused_variables)] // skeleton
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error { #[error("the page cannot be drawn: {0}")] Unreadable(String), #[error("no page {0}")] NoSuchPage(u32), #[error("limit reached: {0}")] Limit(String) }
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoxMm { pub x: f64, pub y: f64, pub width: f64, pub height: f64 }
/// A run of glyphs on one line with its text (Unicode, NFC) and tight box.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextBox { pub text: String, pub rect: BoxMm }
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageContent { pub width_mm: f64, pub height_mm: f64, pub text: Vec<TextBox>, pub images: Vec<BoxMm>, /// filled or stroked paths
    pub paths: Vec<BoxMm> }
/// RGBA, 8 bit, row by row from the top.
pub struct Pixels { pub width: u32, pub height: u32, pub rgba: Vec<u8> }
impl Pixels { pub fn to_png(&self) -> Vec<u8> { todo!() } }
pub struct Document { _todo: () }
impl Document {
    pub fn open(pdf: &[u8]) -> Result<Self, Error> { todo!() }
    pub fn pages(&self) -> u32 { todo!() }
    /// Page content and, with `annotations`, what annotation appearances paint.
    pub fn content(&self, page: u32, annotations: bool) -> Result<PageContent, Error> { todo!() }
    pub fn render(&self, page: u32, dots_per_inch: f64, annotations: bool) -> Result<Pixels, Error> { todo!() }
}
/// Anchors by text: "after:Số:" gives the free box right of that text; "between:TITLE|NAME" the free box between two lines, centred. NFC, white space folded, case kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Anchor { After(String), Between(String, String) }
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnchorRefusal { #[error("text not found: {0}")] NotFound(String), #[error("text found {1} times: {0}")] Ambiguous(String, usize), #[error("no room of {0}x{1} mm there")] NoRoom(f64, f64) }
/// Finds page and box of the wanted size that covers no ink.
pub fn place(document: &Document, anchor: &Anchor, width_mm: f64, height_mm: f64) -> Result<(u32, BoxMm), AnchorRefusal> { todo!() }
