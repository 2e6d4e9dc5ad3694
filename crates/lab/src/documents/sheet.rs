//! A4 pages with lines of Liberation Serif and rules, written as PDF/A-2b.
//!
//! Letters stand where their widths put them (no kerning, as in Word's Times New Roman), so a line
//! here is as long as `stamp` says. Places are in mm from the upper left corner.

use anyhow::{Context as _, anyhow};
use jiff::Timestamp;
use jiff::tz::Offset;
use krilla::Document;
use krilla::color::luma;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use stamp::{POINTS_PER_MM, TextFace};

pub(super) const PAGE_WIDTH: f64 = 210.0;
pub(super) const PAGE_HEIGHT: f64 = 297.0;
/// Margins of NĐ 30/2020, PL I: top and bottom 20–25, left 30–35, right 15–20 mm.
pub(super) const LEFT: f64 = 30.0;
pub(super) const RIGHT: f64 = PAGE_WIDTH - 15.0;
pub(super) const BOTTOM: f64 = PAGE_HEIGHT - 20.0;

const FACES: [TextFace; 4] =
    [TextFace::SerifRegular, TextFace::SerifBold, TextFace::SerifItalic, TextFace::SerifBoldItalic];

/// Face and size of a piece of text.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) face: TextFace,
    pub(super) size_pt: f64,
}

pub(super) fn regular(size_pt: f64) -> Style {
    Style { face: TextFace::SerifRegular, size_pt }
}

pub(super) fn bold(size_pt: f64) -> Style {
    Style { face: TextFace::SerifBold, size_pt }
}

pub(super) fn italic(size_pt: f64) -> Style {
    Style { face: TextFace::SerifItalic, size_pt }
}

enum Item {
    Text { x: f64, baseline: f64, style: Style, text: String, space_extra: f64, grey: u8 },
    Rule { from: (f64, f64), to: (f64, f64), width: f64 },
}

/// How a paragraph is set.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) first_indent: f64,
    /// Distance of baselines in mm.
    pub(super) pitch: f64,
    pub(super) size_pt: f64,
    pub(super) justified: bool,
}

/// Pages in the making, with the place where the next line goes.
pub(super) struct Sheet {
    pages: Vec<Vec<Item>>,
    faces: Vec<ttf_parser::Face<'static>>,
    /// Baseline of the last line set by [`Sheet::paragraph`], or wherever it was moved to.
    pub(super) y: f64,
}

impl Sheet {
    pub(super) fn new() -> anyhow::Result<Sheet> {
        let faces = FACES
            .iter()
            .map(|face| ttf_parser::Face::parse(face.data(), 0).context("built-in face"))
            .collect::<anyhow::Result<_>>()?;
        Ok(Sheet { pages: vec![vec![]], faces, y: 20.0 })
    }

    /// Number of the page that is being filled, from 1.
    pub(super) fn page(&self) -> usize {
        self.pages.len()
    }

    /// Begins a page: its number in the middle of the top margin, from page 2
    /// (NĐ 30/2020, PL I).
    pub(super) fn new_page(&mut self) {
        self.pages.push(vec![]);
        let number = self.pages.len().to_string();
        self.centred((LEFT + RIGHT) / 2.0, 14.0, regular(13.0), &number);
        self.y = 20.0;
    }

    /// Width of a text in mm.
    pub(super) fn width(&self, style: Style, text: &str) -> f64 {
        text.chars().map(|ch| self.advance_em(style.face, ch)).sum::<f64>() * style.size_pt
            / POINTS_PER_MM
    }

    fn advance_em(&self, face: TextFace, ch: char) -> f64 {
        let units = self.face(face).and_then(|face| {
            let glyph = face.glyph_index(ch)?;
            Some(f64::from(face.glyph_hor_advance(glyph)?) / f64::from(face.units_per_em()))
        });
        units.unwrap_or(0.0)
    }

    fn face(&self, face: TextFace) -> Option<&ttf_parser::Face<'static>> {
        let index = FACES.iter().position(|known| *known == face)?;
        self.faces.get(index)
    }

    pub(super) fn text(&mut self, x: f64, baseline: f64, style: Style, text: &str) {
        self.put(Item::Text {
            x,
            baseline,
            style,
            text: text.to_owned(),
            space_extra: 0.0,
            grey: 0,
        });
    }

    pub(super) fn centred(&mut self, centre: f64, baseline: f64, style: Style, text: &str) {
        let x = centre - self.width(style, text) / 2.0;
        self.text(x, baseline, style, text);
    }

    pub(super) fn grey_centred(&mut self, centre: f64, baseline: f64, style: Style, text: &str) {
        let x = centre - self.width(style, text) / 2.0;
        self.put(Item::Text {
            x,
            baseline,
            style,
            text: text.to_owned(),
            space_extra: 0.0,
            grey: 110,
        });
    }

    pub(super) fn rule(&mut self, from: (f64, f64), to: (f64, f64), width: f64) {
        self.put(Item::Rule { from, to, width });
    }

    fn put(&mut self, item: Item) {
        if let Some(page) = self.pages.last_mut() {
            page.push(item);
        }
    }

    /// Sets words below the last line; `*…*` is bold, `_…_` italic. The next page begins where
    /// this one is full.
    pub(super) fn paragraph(&mut self, setting: &Setting, marked: &str) {
        let words = words_of(marked);
        let mut rest = &words[..];
        let mut first = true;
        while !rest.is_empty() {
            let left = setting.left + if first { setting.first_indent } else { 0.0 };
            let (count, natural) = self.fit(setting.size_pt, rest, setting.right - left);
            let (line, later) = rest.split_at(count);
            let gaps = line.len().saturating_sub(1);
            let extra = if setting.justified && !later.is_empty() && gaps > 0 {
                (setting.right - left - natural) / gaps as f64
            } else {
                0.0
            };
            self.y += setting.pitch;
            if self.y > BOTTOM - 2.0 {
                self.new_page();
                self.y += setting.pitch;
            }
            self.line(setting.size_pt, left, line, extra);
            rest = later;
            first = false;
        }
    }

    /// One line of several fields, each at its own place in mm from the left of the setting.
    pub(super) fn fields(&mut self, setting: &Setting, fields: &[(f64, &str)]) {
        self.y += setting.pitch;
        for (x, marked) in fields {
            self.line(setting.size_pt, setting.left + x, &words_of(marked), 0.0);
        }
    }

    /// How many words fit, at least one, and how wide they are.
    fn fit(&self, size_pt: f64, words: &[Word], room: f64) -> (usize, f64) {
        let mut width = 0.0;
        for (index, word) in words.iter().enumerate() {
            let gap = match index.checked_sub(1).and_then(|before| words.get(before)) {
                Some(before) => self.width(Style { face: before.last_face(), size_pt }, " "),
                None => 0.0,
            };
            let with = width + gap + self.word_width(size_pt, word);
            if index > 0 && with > room {
                return (index, width);
            }
            width = with;
        }
        (words.len(), width)
    }

    fn word_width(&self, size_pt: f64, word: &Word) -> f64 {
        word.pieces
            .iter()
            .map(|(face, text)| self.width(Style { face: *face, size_pt }, text))
            .sum()
    }

    /// One line; neighbours of one face become one text with its spaces.
    fn line(&mut self, size_pt: f64, left: f64, words: &[Word], space_extra: f64) {
        let mut runs: Vec<(TextFace, String)> = vec![];
        for (index, word) in words.iter().enumerate() {
            if index > 0
                && let Some((_, text)) = runs.last_mut()
            {
                text.push(' ');
            }
            for (face, text) in &word.pieces {
                match runs.last_mut() {
                    Some((last, run)) if last == face => run.push_str(text),
                    _ => runs.push((*face, text.clone())),
                }
            }
        }
        let mut x = left;
        for (face, text) in runs {
            let style = Style { face, size_pt };
            let spaces = text.matches(' ').count() as f64;
            let width = self.width(style, &text) + spaces * space_extra;
            let baseline = self.y;
            self.put(Item::Text { x, baseline, style, text, space_extra, grey: 0 });
            x += width;
        }
    }

    /// A table below the last line: `head` rows bold and centred, again on every page; columns end
    /// at the given places; those in `right` keep to the right, all but the widest are centred.
    pub(super) fn table<const N: usize>(
        &mut self,
        columns: &[f64],
        head: &[[&str; N]],
        rows: &[[&str; N]],
        style: Style,
        height: f64,
        right: &[usize],
    ) {
        let mut top = self.y;
        self.row_rule(columns, top);
        for row in head {
            self.row(columns, top, row, bold(style.size_pt), height, right, true);
            top += height;
        }
        for row in rows {
            if top + height > BOTTOM {
                self.new_page();
                top = self.y + 1.0;
                self.row_rule(columns, top);
                for row in head {
                    self.row(columns, top, row, bold(style.size_pt), height, right, true);
                    top += height;
                }
            }
            // A row without a number in front is the sum.
            let sum = row.first().is_some_and(|cell| cell.is_empty());
            let style = if sum { bold(style.size_pt) } else { style };
            self.row(columns, top, row, style, height, right, false);
            top += height;
        }
        self.y = top;
    }

    #[allow(clippy::too_many_arguments)] // one call site's worth of geometry
    fn row<const N: usize>(
        &mut self,
        columns: &[f64],
        top: f64,
        cells: &[&str; N],
        style: Style,
        height: f64,
        right: &[usize],
        head: bool,
    ) {
        let baseline = top + height / 2.0 + style.size_pt / POINTS_PER_MM * 0.33;
        for (index, (cell, edges)) in cells.iter().zip(columns.windows(2)).enumerate() {
            let &[from, to] = edges else { continue };
            let width = self.width(style, cell);
            let x = if head || to - from < 25.0 {
                (from + to - width) / 2.0
            } else if right.contains(&index) {
                to - 2.0 - width
            } else {
                from + 2.0
            };
            if !cell.is_empty() {
                self.text(x, baseline, style, cell);
            }
        }
        for x in columns {
            self.rule((*x, top), (*x, top + height), 0.2);
        }
        self.row_rule(columns, top + height);
    }

    fn row_rule(&mut self, columns: &[f64], y: f64) {
        if let (Some(first), Some(last)) = (columns.first(), columns.last()) {
            self.rule((*first, y), (*last, y), 0.2);
        }
    }

    /// The file.
    pub(super) fn finish(self, title: &str, created: Timestamp) -> anyhow::Result<Vec<u8>> {
        let configuration = ConfigurationBuilder::new()
            .with_archival_validator(Archival::A2_B)
            .finish()
            .map_err(|error| anyhow!("PDF/A-2b: {error:?}"))?;
        let settings = krilla::SerializeSettings {
            configuration,
            enable_tagging: false,
            ..Default::default()
        };
        let mut document = Document::new_with(settings);
        document.set_metadata(metadata(title, created));
        let fonts = FACES
            .iter()
            .map(|face| Font::new(face.data().into(), 0).context("built-in face"))
            .collect::<anyhow::Result<Vec<_>>>()?;

        let points = |mm: f64| (mm * POINTS_PER_MM) as f32;
        for items in &self.pages {
            let size = PageSettings::from_wh(points(PAGE_WIDTH), points(PAGE_HEIGHT))
                .context("page size")?;
            let mut page = document.start_page_with(size);
            let mut surface = page.surface();
            for item in items {
                self.draw(&mut surface, &fonts, item)?;
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| anyhow!("krilla: {error:?}"))
    }

    fn draw(&self, surface: &mut Surface, fonts: &[Font], item: &Item) -> anyhow::Result<()> {
        let points = |mm: f64| (mm * POINTS_PER_MM) as f32;
        match item {
            Item::Text { x, baseline, style, text, space_extra, grey } => {
                let index = FACES.iter().position(|face| *face == style.face).context("face")?;
                let font = fonts.get(index).context("face")?.clone();
                let glyphs = self.glyphs(*style, text, *space_extra)?;
                surface.set_stroke(None);
                surface.set_fill(Some(Fill {
                    paint: luma::Color::new(*grey).into(),
                    ..Fill::default()
                }));
                let start = Point::from_xy(points(*x), points(*baseline));
                surface.draw_glyphs(start, &glyphs, font, text, style.size_pt as f32, false);
            }
            Item::Rule { from, to, width } => {
                let mut path = PathBuilder::new();
                path.move_to(points(from.0), points(from.1));
                path.line_to(points(to.0), points(to.1));
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    paint: luma::Color::black().into(),
                    width: points(*width),
                    ..Stroke::default()
                }));
                surface.draw_path(&path.finish().context("a rule of no length")?);
            }
        }
        Ok(())
    }

    fn glyphs(&self, style: Style, text: &str, extra_mm: f64) -> anyhow::Result<Vec<KrillaGlyph>> {
        let face = self.face(style.face).context("face")?;
        let extra_em = extra_mm * POINTS_PER_MM / style.size_pt;
        text.char_indices()
            .map(|(start, ch)| {
                let glyph = face.glyph_index(ch).with_context(|| format!("no glyph for {ch:?}"))?;
                let advance =
                    self.advance_em(style.face, ch) + if ch == ' ' { extra_em } else { 0.0 };
                Ok(KrillaGlyph {
                    glyph_id: GlyphId::new(glyph.0.into()),
                    text_range: start..start + ch.len_utf8(),
                    x_advance: advance as f32,
                    x_offset: 0.0,
                    y_offset: 0.0,
                    y_advance: 0.0,
                    location: None,
                })
            })
            .collect()
    }
}

/// Year in Viet Nam.
pub(super) fn year(created: Timestamp) -> i16 {
    Offset::constant(7).to_datetime(created).year()
}

fn metadata(title: &str, created: Timestamp) -> Metadata {
    let local = Offset::constant(7).to_datetime(created);
    let date = DateTime::new(local.year().unsigned_abs())
        .month(local.month().unsigned_abs())
        .day(local.day().unsigned_abs())
        .hour(local.hour().unsigned_abs())
        .minute(local.minute().unsigned_abs())
        .second(local.second().unsigned_abs())
        .utc_offset_hour(7)
        .utc_offset_minute(0);
    Metadata::new()
        .title(title.to_owned())
        .language("vi".to_owned())
        .creator("antin lab".to_owned())
        .creation_date(date)
}

/// A word, in pieces where the face changes inside it.
struct Word {
    pieces: Vec<(TextFace, String)>,
}

impl Word {
    fn last_face(&self) -> TextFace {
        self.pieces.last().map_or(TextFace::SerifRegular, |(face, _)| *face)
    }
}

fn words_of(marked: &str) -> Vec<Word> {
    let (mut bold, mut italic) = (false, false);
    let mut words = vec![Word { pieces: vec![] }];
    for ch in marked.chars() {
        match ch {
            '*' => bold = !bold,
            '_' => italic = !italic,
            ' ' => words.push(Word { pieces: vec![] }),
            _ => {
                let face = match (bold, italic) {
                    (false, false) => TextFace::SerifRegular,
                    (true, false) => TextFace::SerifBold,
                    (false, true) => TextFace::SerifItalic,
                    (true, true) => TextFace::SerifBoldItalic,
                };
                let Some(word) = words.last_mut() else { continue };
                match word.pieces.last_mut() {
                    Some((last, text)) if *last == face => text.push(ch),
                    _ => word.pieces.push((face, ch.to_string())),
                }
            }
        }
    }
    words.retain(|word| !word.pieces.is_empty());
    words
}
