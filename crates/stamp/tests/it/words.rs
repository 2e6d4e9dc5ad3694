use stamp::{
    Blank, Kind, Run, StampError, TextFace, TextStyle, attachment, baseline_mm, empty, fill_blanks,
    initials, iso_time_vietnam, runs, signer_and_time, text, text_width_mm,
};

use crate::draw::{CORNER, PAGE, Pixels, one_page, one_page_turned, words};

const ALPHABET: &str =
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ";

fn regular(size_pt: f64) -> TextStyle {
    TextStyle::new(TextFace::SerifRegular, size_pt)
}

#[test]
fn every_vietnamese_letter_in_four_faces() {
    let faces = [
        TextFace::SerifRegular,
        TextFace::SerifBold,
        TextFace::SerifItalic,
        TextFace::SerifBoldItalic,
    ];
    let upper = ALPHABET.to_uppercase();
    let lines = [ALPHABET, &upper];
    let mut placed = vec![];
    for (row, face) in faces.into_iter().enumerate() {
        let style = TextStyle::new(face, 4.2);
        for (line, words) in lines.iter().enumerate() {
            let baseline_mm = 2.0 + 4.0 * (row * 2 + line) as f64;
            placed.push(Run { text: words, x_mm: 0.0, baseline_mm, style });
        }
    }
    let appearance = runs(&placed, 98.0, 40.0).unwrap();
    let file = one_page(&appearance);
    let read = words("alphabet", &file);
    assert_eq!(read.matches(ALPHABET).count(), 4, "{read}");
    assert_eq!(read.matches(&upper).count(), 4, "{read}");
}

#[test]
fn text_stands_in_the_middle_of_its_box() {
    let appearance = text(&["05"], &regular(13.0).centred(), 14.0, 6.0).unwrap();
    let (left, bottom, right, top) = Pixels::of("number", &one_page(&appearance)).ink().unwrap();
    let middle = CORNER.0 + 7.0;
    assert!(((left + right) / 2.0 - middle).abs() < 0.4, "{left} {right}");
    let baseline = CORNER.1 + baseline_mm(1, &regular(13.0), 6.0).unwrap();
    assert!((bottom - baseline).abs() < 0.5, "{bottom} {baseline}");
    // Figures of this face are 0.676 em high.
    assert!((top - bottom - 13.0 * 0.676 / 72.0 * 25.4).abs() < 0.6, "{top} {bottom}");
}

#[test]
fn number_day_and_month_under_one_widget() {
    let italic = TextStyle::new(TextFace::SerifItalic, 13.0).centred();
    let number = Blank { x_mm: 5.0, width_mm: 12.0, style: regular(13.0).centred() };
    let day = Blank { x_mm: 60.0, width_mm: 7.0, style: italic };
    let month = Blank { x_mm: 80.0, width_mm: 7.0, style: italic };
    let filled = [(number, "05"), (day, "09"), (month, "01")];
    let appearance = fill_blanks(&filled, 1.6, 98.0, 6.0).unwrap();
    let file = one_page(&appearance);
    assert_eq!(
        words("number-date", &file).split_whitespace().collect::<Vec<_>>(),
        ["05", "09", "01"]
    );
    let pixels = Pixels::of("number-date-pixels", &file);
    let (left, _, right, _) = pixels.ink().unwrap();
    assert!(left > CORNER.0 + 5.0 && right < CORNER.0 + 87.0);

    let wide = fill_blanks(&[(day, "2026")], 1.6, 98.0, 6.0).unwrap_err();
    assert!(matches!(wide, StampError::TooWide { width_mm: 7.0, .. }), "{wide}");
}

#[test]
fn attachment_and_signer_texts() {
    let time = "2026-01-05T02:30:00Z".parse().unwrap();
    assert_eq!(iso_time_vietnam(time), "2026-01-05T09:30:00+07:00");
    let (width, height) = Kind::Attachment.default_size_mm();
    let appearance = attachment("05/QĐ-UBND", time, width, height).unwrap();
    let read = words("attachment", &one_page(&appearance));
    assert_eq!(
        read.lines().map(str::trim).collect::<Vec<_>>(),
        ["05/QĐ-UBND", "2026-01-05T09:30:00+07:00"]
    );

    let (width, height) = Kind::Official.default_size_mm();
    let appearance = signer_and_time(
        "Phạm Thị Hồng Nhung-Nguyễn, Phó Chủ tịch Ủy ban nhân dân",
        time,
        width,
        height,
    )
    .unwrap();
    let read = words("signer", &one_page(&appearance));
    let read: Vec<&str> = read.split_whitespace().collect();
    assert_eq!(
        read.join(" "),
        "Ký bởi: Phạm Thị Hồng Nhung-Nguyễn, Phó Chủ tịch Ủy ban nhân dân \
         Ngày ký: 2026-01-05T09:30:00+07:00"
    );

    let (width, height) = Kind::Initials.default_size_mm();
    assert_eq!(words("initials", &one_page(&initials("NTB", width, height).unwrap())), "NTB");
}

#[test]
fn decomposed_text_gives_the_composed_bytes() {
    let composed = text(&["Số Độ ngữ"], &regular(11.0), 60.0, 8.0).unwrap();
    let decomposed =
        text(&["So\u{302}\u{301} Đo\u{323}\u{302} ngu\u{31b}\u{303}"], &regular(11.0), 60.0, 8.0);
    assert_eq!(composed, decomposed.unwrap());
}

#[test]
fn what_has_no_glyph_of_its_own_is_refused() {
    for ch in ['漢', '\u{202e}', 'ש', '\u{200b}', '\n', '\t', '\u{ad}', '\u{301}', '😀', '\0'] {
        // Behind a letter that does not compose with anything.
        let line = format!("x{ch}");
        let refused = text(&[&line], &regular(10.0), 60.0, 8.0).unwrap_err();
        assert_eq!(refused, StampError::MissingGlyph { ch }, "{ch:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_its_size() {
    let long = "Giấy chứng nhận đăng ký hộ kinh doanh";
    let needed = text_width_mm(long, &regular(14.0)).unwrap();
    match text(&[long], &regular(14.0), 40.0, 10.0).unwrap_err() {
        StampError::TooWide { needed_mm, width_mm } => {
            assert!((needed_mm - needed).abs() < 1e-9);
            assert_eq!(width_mm, 40.0);
        }
        other => panic!("{other}"),
    }
    assert!(matches!(
        text(&["a", "b", "c"], &regular(14.0), 40.0, 10.0),
        Err(StampError::TooTall { .. })
    ));
    assert_eq!(text(&[], &regular(14.0), 40.0, 10.0), Err(StampError::NoText));
    assert_eq!(text(&["  "], &regular(14.0), 40.0, 10.0), Err(StampError::NoText));
    for size in [0.0, -3.0, f64::NAN, f64::INFINITY, 1e9] {
        assert!(matches!(text(&["a"], &regular(14.0), size, 10.0), Err(StampError::BadSize(_))));
        assert!(matches!(text(&["a"], &regular(size), 40.0, 10.0), Err(StampError::BadSize(_))));
    }
    for x_mm in [-1.0, f64::NAN, 39.0] {
        let run = Run { text: "aaaa", x_mm, baseline_mm: 2.0, style: regular(10.0) };
        assert!(matches!(runs(&[run], 40.0, 10.0), Err(StampError::TooWide { .. })));
    }
}

#[test]
fn widths_are_those_of_times_new_roman() {
    // Times New Roman: figures 0.5 em, "m" 0.778, "Đ" 0.722.
    let mm = |em: f64| em * 13.0 / 72.0 * 25.4;
    for (line, em) in [("05", 1.0), ("m", 1593.0 / 2048.0), ("Đ", 1479.0 / 2048.0)] {
        let width = text_width_mm(line, &regular(13.0)).unwrap();
        assert!((width - mm(em)).abs() < 1e-9, "{line}: {width}");
    }
}

#[test]
fn an_empty_appearance_shows_nothing() {
    let appearance = empty(60.0, 25.0);
    assert_eq!(appearance.objects.len(), 1);
    assert_eq!(Pixels::of("empty", &one_page(&appearance)).ink(), None);
    assert_eq!(empty(f64::NAN, 1.0).width_mm, 0.0);
}

#[test]
fn equal_words_give_equal_bytes_of_little_size() {
    let make = || text(&["05/QĐ-UBND"], &regular(13.0), 60.0, 8.0).unwrap();
    let (one, two) = (make(), make());
    assert_eq!(one, two);
    // Form, font, CIDFont, descriptor, program, ToUnicode, CIDSet.
    assert_eq!(one.objects.len(), 7);
    assert!(one.len_bytes() < 9_000, "{}", one.len_bytes());
}

#[test]
fn a_turned_page_shows_it_upright() {
    let upright = text(&["Số 05"], &regular(13.0), 30.0, 10.0).unwrap();
    let matrix = |appearance: &stamp::Appearance| {
        let body = String::from_utf8_lossy(&appearance.objects[0].write(&[1; 7])).into_owned();
        body.split("/Matrix").nth(1).unwrap().split(']').next().unwrap().to_owned()
    };
    assert_eq!(matrix(&upright), "[1 0 0 1 0 0");
    assert_eq!(matrix(&upright.clone().on_rotated_page(90)), "[0 1 -1 0 0 0");
    assert_eq!(matrix(&upright.clone().on_rotated_page(-90)), "[0 -1 1 0 0 0");
    assert_eq!(matrix(&upright.clone().on_rotated_page(540)), "[-1 0 0 -1 0 0");

    // On a page turned by 90 degrees, the widget's own /Rect is 10 by 30 mm.
    let mut turned = upright.on_rotated_page(90);
    (turned.width_mm, turned.height_mm) = (10.0, 30.0);
    let file = one_page_turned(&turned, 90);
    let (left, bottom, right, top) = Pixels::of("rotated", &file).ink().unwrap();
    assert!(right - left > top - bottom, "upright text is wider than high");
    // The box (20, 15)–(30, 45) of the page stands at (15, 90)–(45, 100) for the reader.
    assert!(left >= 15.0 && right <= 45.0, "{left} {right}");
    assert!(bottom >= PAGE.0 - 30.0 && top <= PAGE.0 - 20.0, "{bottom} {top}");
}

#[test]
fn kinds_have_the_words_of_the_command_line() {
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
    assert_eq!(Kind::from_name("stamp"), None);
    assert_eq!(Kind::Official.default_size_mm(), (60.0, 25.0));
    assert_eq!(Kind::Seal.default_size_mm(), (35.0, 35.0));
}
