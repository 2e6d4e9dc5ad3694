//! What every document of NĐ 30/2020/NĐ-CP, Phụ lục I has: header, number, date, signature block,
//! recipients; and the places that they leave open.

use super::layout::{
    HEADER_BOX_MM, HEADER_LINE_PT, Layout, Place, QUIET_ZONE_MM, seal_place, signature_place,
};
use super::sheet::{
    BOTTOM, LEFT, PAGE_HEIGHT, RIGHT, Setting, Sheet, Style, bold, italic, regular,
};

/// Middle of the left column of the header (the agency) and of the right one (the motto).
const AGENCY_CENTRE: f64 = 59.0;
const MOTTO_CENTRE: f64 = 144.0;
/// Middle of the signature block.
const BLOCK_CENTRE: f64 = 147.0;
/// Between the last title line and the name: the seal's 35 mm and room for the letters' height.
const BLOCK_ROOM: f64 = 42.0;

/// The agency of all lab documents: it exists nowhere.
pub(super) const PLACE_NAME: &str = "An Lành";
const AGENCY: [&str; 2] = ["ỦY BAN NHÂN DÂN", "PHƯỜNG AN LÀNH"];

/// Blanks of the header line, to become part of a [`Layout`].
pub(super) struct Header {
    number: Place,
    day: Place,
    month: Place,
}

/// Header of page 1: agency and motto with their rules, number with its blank, place and date with
/// theirs.
pub(super) fn header(sheet: &mut Sheet, symbol: &str, year: i16) -> Header {
    let motto = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM";
    let values = "Độc lập - Tự do - Hạnh phúc";
    sheet.centred(AGENCY_CENTRE, 24.0, bold(12.5), AGENCY[0]);
    sheet.centred(AGENCY_CENTRE, 29.5, bold(12.5), AGENCY[1]);
    let under_agency = sheet.width(bold(12.5), AGENCY[1]) * 0.45;
    rule_under(sheet, AGENCY_CENTRE, 31.5, under_agency);
    sheet.centred(MOTTO_CENTRE, 24.0, bold(12.5), motto);
    sheet.centred(MOTTO_CENTRE, 29.5, bold(13.5), values);
    let under_values = sheet.width(bold(13.5), values);
    rule_under(sheet, MOTTO_CENTRE, 31.5, under_values);

    let baseline = 39.0;
    let upright = regular(HEADER_LINE_PT);
    let (before, symbol) = ("Số:", format!("/{symbol}"));
    let blank = spaces(sheet, upright, 12.0);
    let line = format!("{before}{blank}{symbol}");
    let left = AGENCY_CENTRE - sheet.width(upright, &line) / 2.0;
    let number = place_of(sheet, upright, left, baseline, before, &blank);
    sheet.text(left, baseline, upright, &line);

    let slanted = italic(HEADER_LINE_PT);
    let blank = spaces(sheet, slanted, 8.0);
    let to_day = format!("{PLACE_NAME}, ngày");
    let to_month = format!("{to_day}{blank}tháng");
    let line = format!("{to_month}{blank}năm {year}");
    let left = MOTTO_CENTRE - sheet.width(slanted, &line) / 2.0;
    let day = place_of(sheet, slanted, left, baseline, &to_day, &blank);
    let month = place_of(sheet, slanted, left, baseline, &to_month, &blank);
    sheet.text(left, baseline, slanted, &line);
    sheet.y = baseline;
    Header { number, day, month }
}

fn rule_under(sheet: &mut Sheet, centre: f64, y: f64, length: f64) {
    sheet.rule((centre - length / 2.0, y), (centre + length / 2.0, y), 0.25);
}

/// As many spaces as make a blank of at least this width: what a typist does.
fn spaces(sheet: &Sheet, style: Style, width: f64) -> String {
    let one = sheet.width(style, " ").max(0.1);
    " ".repeat((width / one).ceil() as usize)
}

/// The box over a blank, so high that a line centred in it meets the printed baseline.
fn place_of(
    sheet: &Sheet,
    style: Style,
    left: f64,
    baseline: f64,
    before: &str,
    blank: &str,
) -> Place {
    // A hair of room on both sides, away from the overhang of slanted neighbours.
    let hair = 0.6;
    let below = stamp::baseline_mm(1, &Layout::number_style(), HEADER_BOX_MM).unwrap_or(1.6);
    Place {
        page: 1,
        x_mm: left + sheet.width(style, before) + hair,
        y_mm: PAGE_HEIGHT - baseline - below,
        width_mm: sheet.width(style, blank) - 2.0 * hair,
        height_mm: HEADER_BOX_MM,
    }
}

/// What stands at the end of a document.
pub(super) struct Ending<'a> {
    /// Lines above the signature, bold capitals: authority, then title.
    pub(super) titles: &'a [&'a str],
    /// Name below it.
    pub(super) name: &'a str,
    /// Lines of "Nơi nhận"; the last one is "- Lưu: …".
    pub(super) recipients: &'a [&'a str],
}

/// Signature block, recipients, the clear box for the QR symbol, and the line that says that all
/// is invented. Begins a page where the block does not fit.
pub(super) fn ending(sheet: &mut Sheet, header: Header, ending: &Ending) -> Layout {
    let pitch = 5.6;
    let needed = pitch * ending.titles.len() as f64 + BLOCK_ROOM + 14.0;
    if sheet.y + needed > BOTTOM {
        sheet.new_page();
    }
    let top = sheet.y + 10.0;
    let page = sheet.page();

    let mut y = top;
    for title in ending.titles {
        sheet.centred(BLOCK_CENTRE, y, bold(13.5), title);
        y += pitch;
    }
    let last_title = y - pitch;
    let name_baseline = last_title + BLOCK_ROOM;
    sheet.centred(BLOCK_CENTRE, name_baseline, bold(13.5), ending.name);

    sheet.text(LEFT, top, Style { size_pt: 12.0, ..bold_italic() }, "Nơi nhận:");
    let mut line_y = top;
    for line in ending.recipients {
        line_y += 4.6;
        sheet.text(LEFT, line_y, regular(11.0), line);
    }
    let last_line = ending.recipients.last().copied().unwrap_or_default();
    let after_last_line = LEFT + sheet.width(regular(11.0), last_line) + 2.0;

    invented(sheet);

    // Between the descenders of the title and the capitals of the name.
    let middle = (last_title + 1.0 + name_baseline - 3.6) / 2.0;
    let signature = signature_place(page, BLOCK_CENTRE, PAGE_HEIGHT - middle);
    let (initials_width, initials_height) = stamp::Kind::Initials.default_size_mm();
    let (attachment_width, attachment_height) = stamp::Kind::Attachment.default_size_mm();
    let qr = 28.0;
    let across =
        |from: Place, to: Place| Place { width_mm: to.x_mm + to.width_mm - from.x_mm, ..from };
    Layout {
        signature,
        seal: seal_place(&signature),
        initials: Place {
            page,
            x_mm: after_last_line,
            // Hangs from the last line, clear of the one before it.
            y_mm: PAGE_HEIGHT - line_y + 3.4 - initials_height,
            width_mm: initials_width,
            height_mm: initials_height,
        },
        number: header.number,
        day: header.day,
        month: header.month,
        date: across(header.day, header.month),
        number_date: across(header.number, header.month),
        attachment: Place {
            page: 1,
            x_mm: RIGHT - attachment_width,
            y_mm: PAGE_HEIGHT - 5.0 - attachment_height,
            width_mm: attachment_width,
            height_mm: attachment_height,
        },
        qr: Place {
            page,
            x_mm: LEFT + QUIET_ZONE_MM,
            y_mm: PAGE_HEIGHT - BOTTOM + QUIET_ZONE_MM,
            width_mm: qr,
            height_mm: qr,
        },
        after_number: "Số:".to_owned(),
        between: (
            ending.titles.last().copied().unwrap_or_default().to_owned(),
            ending.name.to_owned(),
        ),
    }
}

/// The line at the foot of the last page: nobody shall take it for a real result.
fn invented(sheet: &mut Sheet) {
    let words = "Bản mẫu để thử phần mềm: mọi tên, số và địa danh đều là hư cấu.";
    sheet.grey_centred((LEFT + RIGHT) / 2.0, PAGE_HEIGHT - 10.0, italic(8.5), words);
}

fn bold_italic() -> Style {
    Style { face: stamp::TextFace::SerifBoldItalic, size_pt: 12.0 }
}

/// A heading in the middle of the text, below the last line.
pub(super) fn heading(sheet: &mut Sheet, gap: f64, style: Style, text: &str) {
    sheet.y += gap;
    let y = sheet.y;
    sheet.centred((LEFT + RIGHT) / 2.0, y, style, text);
}

/// Body text over the whole width.
pub(super) fn body(size_pt: f64, first_indent: f64) -> Setting {
    Setting {
        left: LEFT,
        right: RIGHT,
        first_indent,
        pitch: size_pt * 0.48,
        size_pt,
        justified: true,
    }
}
