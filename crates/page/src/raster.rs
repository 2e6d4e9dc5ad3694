//! Coverage on a grid. Every pixel that a shape touches counts: rather too much than too little.

use crate::ink::{Glyph, Ink, Picture, Stroke};
use hayro_interpret::kurbo::{self, BezPath, PathEl, Point, Rect};

/// Finest grid, pixels per mm (200 dpi).
const FINEST: f64 = 8.0;
/// Pixels of one grid.
const MAX_CELLS: f64 = 2_000_000.0;
/// Distance of a flattened curve from the curve, mm.
const TOLERANCE_MM: f64 = 0.02;

/// Which pixels of a region are painted.
pub(crate) struct Mask {
    region: Rect,
    scale: f64,
    width: usize,
    height: usize,
    cells: Vec<bool>,
}

impl Mask {
    /// An empty grid over `region` (mm); None if it has no area.
    pub(crate) fn new(region: Rect) -> Option<Self> {
        // A hairline has an area too.
        let region = region.inflate(0.05, 0.05);
        if !region.is_finite() || region.width() <= 0.0 || region.height() <= 0.0 {
            return None;
        }
        let scale = FINEST.min((MAX_CELLS / (region.width() * region.height())).sqrt());
        let width = (region.width() * scale).ceil().clamp(1.0, MAX_CELLS) as usize;
        let height = (region.height() * scale).ceil().clamp(1.0, MAX_CELLS) as usize;
        let cells =
            vec![false; width.checked_mul(height).filter(|n| *n as f64 <= 2.0 * MAX_CELLS)?];
        Some(Self { region, scale, width, height, cells })
    }

    /// The same grid with nothing on it.
    pub(crate) fn blank(&self) -> Self {
        Self { cells: vec![false; self.cells.len()], ..*self }
    }

    pub(crate) fn region(&self) -> Rect {
        self.region
    }

    /// Area painted, mm².
    pub(crate) fn area(&self) -> f64 {
        self.square_mm(self.cells.iter().filter(|c| **c).count())
    }

    /// Area painted on both, mm². Both must be of one grid.
    pub(crate) fn shared(&self, other: &Self) -> f64 {
        self.square_mm(self.cells.iter().zip(&other.cells).filter(|(a, b)| **a && **b).count())
    }

    /// As [`Self::shared`], for another grid.
    pub(crate) fn shared_with(&self, other: &Self) -> f64 {
        let mut count = 0;
        for row in 0..self.height {
            for column in 0..self.width {
                let painted = self.cells.get(row * self.width + column) == Some(&true);
                if painted && other.at(self.centre(column, row)) {
                    count += 1;
                }
            }
        }
        self.square_mm(count)
    }

    /// Area painted inside `rect`, mm².
    pub(crate) fn area_in(&self, rect: Rect) -> f64 {
        let (columns, rows) = self.span(rect);
        let inside = rows.flat_map(|row| columns.clone().map(move |column| (row, column)));
        let count = inside
            .filter(|(row, column)| self.cells.get(row * self.width + column) == Some(&true))
            .count();
        self.square_mm(count).min(rect.area())
    }

    fn at(&self, point: Point) -> bool {
        if !self.region.contains(point) {
            return false;
        }
        let (column, row) = (self.column_at(point.x), self.row_at(point.y));
        column < self.width && self.cells.get(row * self.width + column) == Some(&true)
    }

    fn square_mm(&self, cells: usize) -> f64 {
        cells as f64 / (self.scale * self.scale)
    }

    /// Everything that `ink` paints.
    pub(crate) fn paint(&mut self, ink: &Ink) {
        ink.glyphs.iter().for_each(|g| self.glyph(g));
        ink.images.iter().for_each(|i| self.image(i));
        ink.strokes.iter().for_each(|s| self.stroke(s));
    }

    pub(crate) fn stroke(&mut self, stroke: &Stroke) {
        self.fill(&stroke.area, stroke.even_odd, stroke.rect);
    }

    fn glyph(&mut self, glyph: &Glyph) {
        let Some(rect) = glyph.rect.filter(|_| !glyph.invisible) else { return };
        match glyph.outline.as_ref().filter(|o| !o.is_empty()) {
            Some(outline) => self.fill(outline, false, rect),
            None => self.rect(rect),
        }
    }

    pub(crate) fn rect(&mut self, rect: Rect) {
        let (columns, rows) = self.span(rect);
        for row in rows {
            for column in columns.clone() {
                self.set(column, row);
            }
        }
    }

    pub(crate) fn image(&mut self, image: &Picture) {
        let inverse = image.place.inverse();
        let Some(alpha) = image.alpha.as_ref().filter(|_| inverse.is_finite()) else {
            return self.rect(image.rect);
        };
        let (columns, rows) = self.span(image.rect);
        for row in rows {
            for column in columns.clone() {
                let at = inverse * self.centre(column, row);
                let x = (at.x * f64::from(alpha.width)).floor();
                let y = ((1.0 - at.y) * f64::from(alpha.height)).floor();
                if x < 0.0 || y < 0.0 || x >= f64::from(alpha.width) || y >= f64::from(alpha.height)
                {
                    continue;
                }
                let index = y as usize * alpha.width as usize + x as usize;
                if alpha.paints.get(index) == Some(&true) {
                    self.set(column, row);
                }
            }
        }
    }

    /// Inside by the winding rule at pixel centres, and every pixel that the edge passes.
    fn fill(&mut self, path: &BezPath, even_odd: bool, clip: Rect) {
        let (columns, rows) = self.span(clip);
        if columns.is_empty() || rows.is_empty() {
            return;
        }
        let mut crossings: Vec<Vec<(f64, i32)>> = vec![Vec::new(); rows.len()];
        let clip = clip.intersect(self.region);
        for (from, to) in edges(path) {
            self.trace(from, to, clip);
            let (low, high, turn) = if from.y <= to.y { (from, to, 1) } else { (to, from, -1) };
            let first = self.row_at(high.y).max(rows.start);
            let last = (self.row_at(low.y) + 1).min(rows.end);
            for row in first..last {
                let y = self.centre(0, row).y;
                if low.y <= y && y < high.y {
                    let x = low.x + (y - low.y) / (high.y - low.y) * (high.x - low.x);
                    if let Some(list) = crossings.get_mut(row - rows.start) {
                        list.push((x, turn));
                    }
                }
            }
        }
        for (list, row) in crossings.iter_mut().zip(rows) {
            list.sort_by(|a, b| a.0.total_cmp(&b.0));
            let mut winding = 0;
            for pair in list.windows(2) {
                let [(start, turn), (end, _)] = pair else { continue };
                winding += turn;
                let inside = if even_odd { winding % 2 != 0 } else { winding != 0 };
                if inside && *end >= self.region.x0 && *start <= self.region.x1 {
                    let (first, last) = (self.column_at(*start), self.column_at(*end));
                    for column in first.max(columns.start)..(last + 1).min(columns.end) {
                        self.set(column, row);
                    }
                }
            }
        }
    }

    fn trace(&mut self, from: Point, to: Point, clip: Rect) {
        let Some((from, to)) = clipped(from, to, clip) else { return };
        let steps = (from.distance(to) * self.scale * 2.0).ceil().clamp(1.0, 100_000.0) as usize;
        for step in 0..=steps {
            let at = from.lerp(to, step as f64 / steps as f64);
            let (column, row) = (self.column_at(at.x), self.row_at(at.y));
            self.set(column, row);
        }
    }

    fn set(&mut self, column: usize, row: usize) {
        if column < self.width
            && let Some(cell) = self.cells.get_mut(row * self.width + column)
        {
            *cell = true;
        }
    }

    fn centre(&self, column: usize, row: usize) -> Point {
        Point::new(
            self.region.x0 + (column as f64 + 0.5) / self.scale,
            self.region.y1 - (row as f64 + 0.5) / self.scale,
        )
    }

    fn column_at(&self, x: f64) -> usize {
        ((x - self.region.x0) * self.scale).floor().clamp(0.0, self.width as f64) as usize
    }

    /// Rows count from the top.
    fn row_at(&self, y: f64) -> usize {
        ((self.region.y1 - y) * self.scale).floor().clamp(0.0, self.height as f64) as usize
    }

    /// Columns and rows that `rect` touches.
    fn span(&self, rect: Rect) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
        if !rect.is_finite() || !rect.overlaps(self.region) {
            return (0..0, 0..0);
        }
        let columns = self.column_at(rect.x0)..(self.column_at(rect.x1) + 1).min(self.width);
        let rows = self.row_at(rect.y1)..(self.row_at(rect.y0) + 1).min(self.height);
        (columns, rows)
    }
}

/// The straight edges of a path, each subpath closed.
fn edges(path: &BezPath) -> Vec<(Point, Point)> {
    let mut edges = Vec::new();
    let (mut start, mut last) = (Point::ZERO, Point::ZERO);
    kurbo::flatten(path, TOLERANCE_MM, |element| match element {
        PathEl::MoveTo(to) => {
            edges.push((last, start));
            (start, last) = (to, to);
        }
        PathEl::LineTo(to) => {
            edges.push((last, to));
            last = to;
        }
        PathEl::ClosePath => {
            edges.push((last, start));
            last = start;
        }
        _ => {}
    });
    edges.push((last, start));
    edges.retain(|(a, b)| a != b && a.is_finite() && b.is_finite());
    edges
}

/// The part of a line inside `clip` (Liang and Barsky).
fn clipped(from: Point, to: Point, clip: Rect) -> Option<(Point, Point)> {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    let sides = [
        (-dx, from.x - clip.x0),
        (dx, clip.x1 - from.x),
        (-dy, from.y - clip.y0),
        (dy, clip.y1 - from.y),
    ];
    for (p, q) in sides {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    (enter <= leave).then(|| (from.lerp(to, enter), from.lerp(to, leave)))
}
