//! Where things go on a page, in mm from its lower left corner as the reader sees it.

use stamp::{Align, Appearance, Blank, StampError, TextFace, TextStyle};

/// Clear space that a QR symbol needs on every side of its box, in mm: four modules of a 28 mm
/// symbol of version 11.
pub const QUIET_ZONE_MM: f64 = 2.0;

/// A box on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Page, from 1.
    pub page: usize,
    /// Left edge.
    pub x_mm: f64,
    /// Lower edge.
    pub y_mm: f64,
    /// Width.
    pub width_mm: f64,
    /// Height.
    pub height_mm: f64,
}

impl Place {
    /// The box as the command line takes it (`--rect X,Y,W,H`).
    pub fn rect(&self) -> [f64; 4] {
        [self.x_mm, self.y_mm, self.width_mm, self.height_mm]
    }
}

/// Where the signatures of a document go, and by which words they can be found.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The official's picture, centred between title and name.
    pub signature: Place,
    /// The agency's seal, over the left third of `signature`.
    pub seal: Place,
    /// Initials, beside the last line of the list of recipients.
    pub initials: Place,
    /// Blank after "Số:".
    pub number: Place,
    /// Blank after "ngày".
    pub day: Place,
    /// Blank after "tháng".
    pub month: Place,
    /// From the blank of the day to that of the month.
    pub date: Place,
    /// From the blank of the number to that of the month: one widget across the header line.
    pub number_date: Place,
    /// Text of an attachment that is a file of its own: top right of page 1.
    pub attachment: Place,
    /// The QR symbol; [`QUIET_ZONE_MM`] around it is clear too.
    pub qr: Place,
    /// Words after which the number goes.
    pub after_number: String,
    /// Words between which the signature goes: last title line and name.
    pub between: (String, String),
}

impl Layout {
    /// All boxes with their names, in the order of the fields.
    pub fn places(&self) -> [(&'static str, Place); 10] {
        [
            ("signature", self.signature),
            ("seal", self.seal),
            ("initials", self.initials),
            ("number", self.number),
            ("day", self.day),
            ("month", self.month),
            ("date", self.date),
            ("number_date", self.number_date),
            ("attachment", self.attachment),
            ("qr", self.qr),
        ]
    }

    /// Style of the number in its blank.
    pub fn number_style() -> TextStyle {
        TextStyle::new(TextFace::SerifRegular, HEADER_LINE_PT).centred()
    }

    /// Style of day and month in theirs.
    pub fn date_style() -> TextStyle {
        TextStyle::new(TextFace::SerifItalic, HEADER_LINE_PT).centred()
    }

    /// Number, day and month for the widget at `number_date`.
    ///
    /// # Errors
    /// A word that does not fit its blank.
    pub fn fill_number_and_date(
        &self,
        number: &str,
        day: &str,
        month: &str,
    ) -> Result<Appearance, StampError> {
        let filled = [
            (self.blank(self.number, self.number_date, Self::number_style()), number),
            (self.blank(self.day, self.number_date, Self::date_style()), day),
            (self.blank(self.month, self.number_date, Self::date_style()), month),
        ];
        self.fill(&filled, self.number_date)
    }

    /// Day and month for the widget at `date`.
    ///
    /// # Errors
    /// A word that does not fit its blank.
    pub fn fill_date(&self, day: &str, month: &str) -> Result<Appearance, StampError> {
        let filled = [
            (self.blank(self.day, self.date, Self::date_style()), day),
            (self.blank(self.month, self.date, Self::date_style()), month),
        ];
        self.fill(&filled, self.date)
    }

    fn blank(&self, blank: Place, widget: Place, style: TextStyle) -> Blank {
        debug_assert_eq!(style.align, Align::Centre);
        Blank { x_mm: blank.x_mm - widget.x_mm, width_mm: blank.width_mm, style }
    }

    fn fill(&self, filled: &[(Blank, &str)], widget: Place) -> Result<Appearance, StampError> {
        let baseline = stamp::baseline_mm(1, &Self::number_style(), widget.height_mm)?;
        stamp::fill_blanks(filled, baseline, widget.width_mm, widget.height_mm)
    }
}

/// Size of the header line with number and date (NĐ 30/2020, PL I: 13 to 14).
pub(super) const HEADER_LINE_PT: f64 = 13.0;
/// Height of the widgets in it: a line of 13 points and a little room.
pub(super) const HEADER_BOX_MM: f64 = 6.0;

/// The signature of 60 × 25 mm in the middle of a block around `centre_x`, `centre_y`.
pub(super) fn signature_place(page: usize, centre_x: f64, centre_y: f64) -> Place {
    let (width_mm, height_mm) = stamp::Kind::Official.default_size_mm();
    Place {
        page,
        x_mm: centre_x - width_mm / 2.0,
        y_mm: centre_y - height_mm / 2.0,
        width_mm,
        height_mm,
    }
}

/// The seal at real size, its right edge on the first third of the signature
/// (NĐ 30/2020, PL I, mục I.II.8).
pub(super) fn seal_place(signature: &Place) -> Place {
    let (width_mm, height_mm) = stamp::Kind::Seal.default_size_mm();
    Place {
        page: signature.page,
        x_mm: signature.x_mm + signature.width_mm / 3.0 - width_mm,
        y_mm: signature.y_mm + (signature.height_mm - height_mm) / 2.0,
        width_mm,
        height_mm,
    }
}
