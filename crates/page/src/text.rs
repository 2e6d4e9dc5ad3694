//! From glyphs to lines: runs of text that a reader reads together.

use crate::ink::{Glyph, Ink, to_box};
use crate::{BoxMm, TextBox};
use hayro_interpret::kurbo::Rect;
use std::cmp::Ordering;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Baselines that differ by less are one line, in em.
const SAME_BASELINE: f64 = 0.2;
/// A wider gap than this is a space, in em.
const SPACE: f64 = 0.17;
/// A wider gap than this, without space characters in it, starts another run, in em.
const NEW_RUN: f64 = 1.5;

/// A run of letters on one baseline.
pub(crate) struct Line {
    pub(crate) letters: Vec<Letter>,
    pub(crate) baseline: f64,
    /// Size of the first letter, mm.
    pub(crate) em: f64,
}

/// One letter with its marks, in NFC; white space is one letter " ".
pub(crate) struct Letter {
    pub(crate) text: String,
    /// From its origin to where the next one starts.
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) rect: Option<Rect>,
    /// Fill-in ink: leader dots and underscores that stand where something is to be written.
    pub(crate) blank: bool,
    pub(crate) invisible: bool,
}

impl Line {
    pub(crate) fn text(&self) -> String {
        let text: String = self.letters.iter().map(|l| l.text.as_str()).collect();
        text.trim().to_owned()
    }

    /// None for a line without ink.
    pub(crate) fn text_box(&self) -> Option<TextBox> {
        Some(TextBox { text: self.text(), rect: self.rect()? })
    }

    pub(crate) fn rect(&self) -> Option<BoxMm> {
        let rects = self.letters.iter().filter_map(|l| l.rect);
        rects.reduce(|a, b| a.union(b)).map(to_box)
    }
}

/// Runs of text, from the top and the left. Turned text is one run per glyph.
pub(crate) fn lines(ink: &Ink) -> Vec<Line> {
    let (mut level, turned): (Vec<&Glyph>, Vec<&Glyph>) =
        ink.glyphs.iter().partition(|g| is_level(g));
    level.sort_by(|a, b| number(b.origin.y, a.origin.y));
    let mut lines = Vec::new();
    let mut rest = level.as_slice();
    while let Some(first) = rest.first() {
        let reach = first.origin.y - SAME_BASELINE * first.em.max(0.1);
        let count = rest.iter().take_while(|g| g.origin.y >= reach).count().max(1);
        let (line, after) = rest.split_at(count.min(rest.len()));
        runs(line, &mut lines);
        rest = after;
    }
    lines.extend(turned.into_iter().map(|glyph| Line {
        letters: vec![letter(glyph)],
        baseline: glyph.origin.y,
        em: glyph.em,
    }));
    lines
}

fn is_level(glyph: &Glyph) -> bool {
    (glyph.end.y - glyph.origin.y).abs() <= 0.05 * glyph.em.max(0.1)
        && glyph.end.x >= glyph.origin.x - 1e-6
}

fn number(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

/// Splits the glyphs of one baseline at wide gaps.
fn runs(glyphs: &[&Glyph], lines: &mut Vec<Line>) {
    let mut glyphs = glyphs.to_vec();
    glyphs.sort_by(|a, b| number(a.origin.x, b.origin.x));
    let mut line: Option<Line> = None;
    for glyph in glyphs {
        let next = letter(glyph);
        let Some(open) = &mut line else {
            line = Some(Line { letters: vec![next], baseline: glyph.origin.y, em: glyph.em });
            continue;
        };
        let Some(last) = open.letters.last_mut() else { continue };
        // Bold made by drawing twice: the second drawing is the same letter.
        if last.text == next.text
            && next.start - last.start < 0.2 * (last.end - last.start).max(0.05)
            && next.text != " "
        {
            last.rect = union(last.rect, next.rect);
            continue;
        }
        if next.text.chars().next().is_some_and(is_combining_mark) {
            last.text = last.text.chars().chain(next.text.chars()).nfc().collect();
            last.rect = union(last.rect, next.rect);
            continue;
        }
        let gap = next.start - last.end;
        if gap > NEW_RUN * glyph.em {
            lines.extend(line.replace(Line {
                letters: vec![next],
                baseline: glyph.origin.y,
                em: glyph.em,
            }));
            continue;
        }
        if last.text == " " && next.text == " " {
            last.end = last.end.max(next.end);
            continue;
        }
        if gap > SPACE * glyph.em && last.text != " " && next.text != " " {
            let space = Letter {
                text: " ".into(),
                start: last.end,
                end: next.start,
                rect: None,
                blank: true,
                invisible: false,
            };
            open.letters.push(space);
        }
        open.letters.push(next);
    }
    lines.extend(line);
    if let Some(line) = lines.last_mut() {
        mark_blanks(line);
    }
    // Every run was finished above except the last ones of this baseline; marking twice changes nothing.
    for line in lines.iter_mut().rev().take(64) {
        mark_blanks(line);
    }
}

fn letter(glyph: &Glyph) -> Letter {
    let text: String = match &glyph.text {
        Some(text) => text.nfc().collect(),
        None => "\u{fffd}".into(),
    };
    let white = text.chars().all(|c| c.is_whitespace() || c == '\u{a0}' || c == '\u{ad}')
        && glyph.rect.is_none();
    Letter {
        text: if white { " ".into() } else { text },
        start: glyph.origin.x,
        end: glyph.end.x.max(glyph.origin.x),
        rect: glyph.rect,
        blank: white,
        invisible: glyph.invisible,
    }
}

fn union(a: Option<Rect>, b: Option<Rect>) -> Option<Rect> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.union(b)),
        (one, None) | (None, one) => one,
    }
}

/// Dots are leaders from two on; one dot is punctuation. An ellipsis or a line always is.
fn mark_blanks(line: &mut Line) {
    let leader = |l: &Letter| {
        l.text.chars().all(|c| matches!(c, '.' | '…' | '‥' | '_' | '·' | '․' | '﹍' | '＿'))
    };
    let dots: Vec<bool> = line.letters.iter().map(leader).collect();
    for (i, letter) in line.letters.iter_mut().enumerate() {
        let beside = i.checked_sub(1).and_then(|j| dots.get(j)) == Some(&true)
            || dots.get(i + 1) == Some(&true);
        let wide = letter.text.chars().any(|c| !matches!(c, '.' | '·' | '․'));
        if dots.get(i) == Some(&true) && (beside || wide) {
            letter.blank = true;
        }
    }
}
