//! The pages as another renderer draws them: the official's blue picture centred between title and
//! name, the agency's red seal over the left third of it at real size, number and date in their
//! blanks (NĐ 30/2020/NĐ-CP, Phụ lục I).

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use lab::documents::{self, Layout, Place};

use crate::made::{Signed, made};
use crate::show;

#[test]
fn signatures_stand_where_the_decree_wants_them() {
    let made = made();
    let folder = show::folder("pictures").unwrap();
    let mut documents = documents::all("2026-01-05T02:30:00Z".parse().unwrap()).unwrap();
    documents.extend(documents::libreoffice().unwrap());
    documents.extend(documents::rewritten().unwrap());
    let mut rows =
        vec![show::row(["picture", "official's centre is off by", "seal", "seal covers"])];
    let mut wrong = vec![];
    for signed in &made.files {
        let kind = ["three-", "six-"].into_iter().find_map(|k| signed.chain.name.strip_prefix(k));
        let Some(document) = kind.and_then(|name| documents.iter().find(|d| d.name == name)) else {
            continue;
        };
        let layout = &document.layout;
        draw(signed.last(), &folder.join(&signed.chain.name));
        let page = Page::of(signed.last(), layout.signature.page);
        let before = Page::of(signed.base(), layout.signature.page);
        // The initials are blue too.
        let blue = page.bounds(blue, layout.initials).expect("the official's picture");
        let red = page.bounds(red, layout.initials).expect("the seal");
        assert!(
            before.bounds(blue_or_red, layout.initials).is_none(),
            "{} is coloured before",
            signed.chain.name
        );
        // The picture has transparent margins: what counts is the middle of the block.
        let off = ((blue.x + blue.width / 2.0) - middle(layout.signature)).abs();
        let covered = (red.x + red.width - layout.signature.x_mm) / layout.signature.width_mm;
        rows.push(show::row([
            &format!("{}-{}.png", signed.chain.name, layout.signature.page),
            &format!("{off:.1} mm"),
            &format!("{:.1} x {:.1} mm", red.width, red.height),
            &format!("{:.0} % of the picture's box", covered * 100.0),
        ]));
        let mut want = |holds: bool, words: &str| {
            if !holds {
                wrong.push(format!("{}: {words}: blue {blue:?}, red {red:?}", signed.chain.name));
            }
        };
        want(off < 4.0, "the official's picture is not centred");
        want(blue.inside(layout.signature, 2.0), "the official's picture leaves its place");
        want((0.28..0.38).contains(&covered), "the seal does not lie over a third");
        want(red.inside(layout.seal, 1.5), "the seal leaves its place");
        want((33.0..36.5).contains(&red.height), "the seal is not of its real size");
        wrong.extend(blanks(signed, layout));
    }
    show::table(&format!("pictures in {}", folder.display()), &rows);
    assert!(rows.len() > 10, "pictures of all kinds");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Empty before, written in afterwards, and nothing new beside them in the header line.
fn blanks(signed: &Signed, layout: &Layout) -> Vec<String> {
    let (before, after) =
        (Page::of(signed.base(), layout.number.page), Page::of(signed.last(), layout.number.page));
    let mut wrong = vec![];
    for (name, place) in [("number", layout.number), ("day", layout.day), ("month", layout.month)] {
        if before.dark_in(place) != 0 {
            wrong.push(format!("{}: the blank for the {name} is not blank", signed.chain.name));
        }
        if after.dark_in(place) == 0 {
            wrong.push(format!("{}: no {name} in its blank", signed.chain.name));
        }
    }
    let line = layout.number_date;
    let inside = |p: Place, x: f64| x >= p.x_mm - 0.3 && x <= p.x_mm + p.width_mm + 0.3;
    let strays = after.changed(&before, line, |x| {
        ![layout.number, layout.day, layout.month].into_iter().any(|p| inside(p, x))
    });
    if strays > 0 {
        wrong.push(format!("{}: {strays} points written beside the blanks", signed.chain.name));
    }
    wrong
}

fn middle(place: Place) -> f64 {
    place.x_mm + place.width_mm / 2.0
}

fn draw(file: &Path, target: &Path) {
    let done = Command::new("pdftoppm").args(["-png", "-r", "110"]).arg(file).arg(target).status();
    assert!(done.expect("pdftoppm: apt-get install poppler-utils").success());
}

const DPI: f64 = 100.0;

/// One page, drawn by poppler as a portable pixmap.
struct Page {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A box in mm from the lower left.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

impl Bounds {
    fn inside(&self, place: Place, by: f64) -> bool {
        self.x >= place.x_mm - by
            && self.y >= place.y_mm - by
            && self.x + self.width <= place.x_mm + place.width_mm + by
            && self.y + self.height <= place.y_mm + place.height_mm + by
    }
}

impl Page {
    fn of(file: &Path, page: usize) -> Page {
        let page = page.to_string();
        let done = Command::new("pdftoppm")
            .args(["-r", &DPI.to_string(), "-f", &page, "-l", &page])
            .arg(file)
            .output()
            .expect("pdftoppm: apt-get install poppler-utils");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        // "P6\nWIDTH HEIGHT\n255\n" and three bytes a pixel.
        let mut words = done.stdout.split(|b| b.is_ascii_whitespace());
        assert_eq!(words.next(), Some(b"P6".as_slice()));
        let mut number = || {
            let word = words.next().unwrap();
            std::str::from_utf8(word).unwrap().parse::<usize>().unwrap()
        };
        let (width, height) = (number(), number());
        let pixels = done.stdout[done.stdout.len() - width * height * 3..].to_vec();
        Page { width, height, pixels }
    }

    fn pixel(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y * self.width + x) * 3;
        [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
    }

    /// Where anything outside `but` has this colour.
    fn bounds(&self, is: fn([u8; 3]) -> bool, but: Place) -> Option<Bounds> {
        let all = (0..self.height).flat_map(|y| (0..self.width).map(move |x| (x, y)));
        let but: BTreeSet<(usize, usize)> = self.points(but).collect();
        let mut hits = all.filter(|at| is(self.pixel(at.0, at.1)) && !but.contains(at));
        let (x, y) = hits.next()?;
        let (x0, x1, y0, y1) = hits.fold((x, x, y, y), |(x0, x1, y0, y1), (x, y)| {
            (x0.min(x), x1.max(x), y0.min(y), y1.max(y))
        });
        let mm = |pixels: usize| pixels as f64 * 25.4 / DPI;
        Some(Bounds {
            x: mm(x0),
            y: mm(self.height - 1 - y1),
            width: mm(x1 + 1 - x0),
            height: mm(y1 + 1 - y0),
        })
    }

    fn dark_in(&self, place: Place) -> usize {
        self.points(place).filter(|(x, y)| dark(self.pixel(*x, *y))).count()
    }

    /// Points of `place` that differ from another drawing, where their x in mm is asked about.
    fn changed(&self, other: &Page, place: Place, asked: impl Fn(f64) -> bool) -> usize {
        self.points(place)
            .filter(|(x, _)| asked((*x as f64 + 0.5) * 25.4 / DPI))
            .filter(|(x, y)| self.pixel(*x, *y) != other.pixel(*x, *y))
            .count()
    }

    fn points(&self, place: Place) -> impl Iterator<Item = (usize, usize)> + use<> {
        let pixels = |mm: f64| (mm * DPI / 25.4).round() as usize;
        let (x0, x1) = (pixels(place.x_mm), pixels(place.x_mm + place.width_mm));
        let top = self.height - pixels(place.y_mm + place.height_mm).min(self.height);
        let bottom = self.height - pixels(place.y_mm).min(self.height);
        (top..bottom).flat_map(move |y| (x0..x1).map(move |x| (x, y)))
    }
}

fn blue([r, g, b]: [u8; 3]) -> bool {
    i32::from(b) - i32::from(r) > 60 && i32::from(b) - i32::from(g) > 30
}

fn red([r, g, b]: [u8; 3]) -> bool {
    i32::from(r) - i32::from(b) > 60 && i32::from(r) - i32::from(g) > 60
}

fn blue_or_red(pixel: [u8; 3]) -> bool {
    blue(pixel) || red(pixel)
}

fn dark(pixel: [u8; 3]) -> bool {
    pixel.iter().all(|c| *c < 130)
}
