use crate::make::{PT, by_hand, plain, show, stream, words_page};
use page::{BoxMm, Document, Error};

fn near(a: f64, b: f64, by: f64) -> bool {
    (a - b).abs() <= by
}

#[test]
fn text_is_read_with_every_vietnamese_letter_and_a_tight_box() {
    let file = words_page(&[
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 90.0, 270.0, true),
        ("Độc lập - Tự do - Hạnh phúc", 100.0, 262.0, false),
    ]);
    let content = Document::open(&file).unwrap().content(0, false).unwrap();
    assert!(near(content.width_mm, 210.0, 0.1) && near(content.height_mm, 297.0, 0.1));
    let texts: Vec<&str> = content.text.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]);
    let rect = content.text[0].rect;
    // Capitals of 13 points with marks: under the baseline only the dots.
    assert!(
        near(rect.x, 90.0, 0.5) && rect.y > 268.0 && rect.y < 270.0 && rect.height < 6.0,
        "{rect:?}"
    );
}

#[test]
fn text_split_into_runs_and_styles_is_one_line() {
    let content = format!(
        "BT /F1 13 Tf {} {} Td [(Ch)-20(u)] TJ ET\n{}{}",
        20.0 * PT,
        50.0 * PT,
        show("tich", 31.0, 50.0),
        show("far", 90.0, 50.0)
    );
    let content = Document::open(&by_hand(&content, "", &[])).unwrap().content(0, false).unwrap();
    let texts: Vec<&str> = content.text.iter().map(|t| t.text.as_str()).collect();
    assert_eq!(texts, ["Chu tich", "far"]);
}

#[test]
fn rotation_crop_box_and_user_unit_are_resolved() {
    let text = show("X", 20.0, 30.0);
    let box_of = |entries: &str| {
        let content =
            Document::open(&by_hand(&text, entries, &[])).unwrap().content(0, false).unwrap();
        (content.width_mm, content.height_mm, content.text[0].rect)
    };
    let (w, h, plain) = box_of("");
    assert!(
        near(w, 200.0, 0.1)
            && near(h, 100.0, 0.1)
            && near(plain.x, 20.0, 0.5)
            && near(plain.y, 30.0, 0.5)
    );
    let (w, h, turned) = box_of("/Rotate 90");
    assert!(near(w, 100.0, 0.1) && near(h, 200.0, 0.1));
    // Turned clockwise: what was right of the left edge is now below the top edge.
    assert!(near(turned.x, 30.0, 0.5) && near(turned.top(), 180.0, 0.5), "{turned:?}");
    let crop = format!("/CropBox[{} {} {} {}]", 10.0 * PT, 10.0 * PT, 150.0 * PT, 90.0 * PT);
    let (w, h, cropped) = box_of(&crop);
    assert!(
        near(w, 140.0, 0.1)
            && near(h, 80.0, 0.1)
            && near(cropped.x, 10.0, 0.5)
            && near(cropped.y, 20.0, 0.5)
    );
    let (w, _, doubled) = box_of("/UserUnit 2");
    assert!(near(w, 400.0, 0.1) && near(doubled.x, 40.0, 0.5) && near(doubled.y, 60.0, 0.5));
}

#[test]
fn images_and_paths_have_boxes_and_white_is_paper() {
    let content = format!(
        "1 g 0 0 1000 1000 re f 0 g {} {} {} {} re f {} {} {} {} re S q {} 0 0 {} {} {} cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x7f EI Q",
        10.0 * PT,
        10.0 * PT,
        20.0 * PT,
        5.0 * PT,
        50.0 * PT,
        50.0 * PT,
        40.0 * PT,
        30.0 * PT,
        30.0 * PT,
        20.0 * PT,
        120.0 * PT,
        40.0 * PT
    );
    let content = Document::open(&by_hand(&content, "", &[])).unwrap().content(0, false).unwrap();
    let [image] = content.images.as_slice() else { panic!("{:?}", content.images) };
    assert!(near(image.x, 120.0, 0.1) && near(image.y, 40.0, 0.1) && near(image.width, 30.0, 0.1));
    // One bar and the four sides of a frame.
    assert_eq!(content.paths.len(), 5, "{:?}", content.paths);
    assert!(content.paths.iter().skip(1).all(|b| b.width < 0.6 || b.height < 0.6));
}

#[test]
fn annotations_are_seen_when_asked_for() {
    let [widget, form] =
        crate::make::widget(6, "S", [20.0, 20.0, 40.0, 20.0], "", "0 0 50 50 re f");
    let file = by_hand(&show("X", 100.0, 50.0), "/Annots[6 0 R]", &[widget, form]);
    let document = Document::open(&file).unwrap();
    assert!(document.content(0, false).unwrap().paths.is_empty());
    assert_eq!(document.content(0, true).unwrap().paths.len(), 1);
    let widgets = document.signature_widgets(0).unwrap();
    assert_eq!(widgets[0].field, "S");
    assert!(near(widgets[0].rect.x, 20.0, 0.01) && near(widgets[0].rect.height, 20.0, 0.01));
    let (with, without) =
        (document.render(0, 50.0, true).unwrap(), document.render(0, 50.0, false).unwrap());
    let at = |p: &page::Pixels, x: f64, y: f64| {
        let (x, y) = ((x / 25.4 * 50.0) as usize, ((100.0 - y) / 25.4 * 50.0) as usize);
        p.rgba[(y * p.width as usize + x) * 4]
    };
    assert_eq!((at(&with, 25.0, 25.0), at(&without, 25.0, 25.0)), (0, 255));
}

#[test]
fn a_picture_is_a_png_of_the_page_as_seen() {
    let file = by_hand(&show("X", 20.0, 30.0), "/Rotate 90", &[]);
    let pixels = Document::open(&file).unwrap().render(0, 100.0, true).unwrap();
    assert!((393..=394).contains(&pixels.width) && (786..=788).contains(&pixels.height));
    let png = pixels.to_png();
    let reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (pixels.width, pixels.height));
}

#[test]
fn bad_input_is_an_error_never_a_panic() {
    assert!(matches!(Document::open(b"hello"), Err(Error::Unreadable(_))));
    assert!(matches!(Document::open(b""), Err(Error::Unreadable(_))));
    let document = Document::open(&words_page(&[])).unwrap();
    assert_eq!(document.content(7, true), Err(Error::NoSuchPage(7)));
    assert!(matches!(document.render(0, 50_000.0, true), Err(Error::Limit(_))));
    assert!(matches!(document.render(0, f64::NAN, true), Err(Error::Limit(_))));
}

#[test]
fn forms_that_multiply_end_at_a_limit() {
    // Forty forms, each drawing the next one twice.
    let mut bodies = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".into(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>".into(),
        stream("", "/A Do"),
    ];
    for number in 6..46 {
        let dict = format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 10 10]/Resources<</XObject<</A {number} 0 R>>>>"
        );
        bodies.push(stream(&dict, "/A Do /A Do 0 0 1 1 re f"));
    }
    bodies.push(stream("/Type/XObject/Subtype/Form/BBox[0 0 10 10]", "0 0 1 1 re f"));
    let file = plain(&bodies);
    let started = std::time::Instant::now();
    let result = Document::open(&file).unwrap().content(0, false);
    assert!(matches!(result, Err(Error::Limit(_))), "{result:?}");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn a_bomb_is_refused_before_it_is_inflated() {
    // 300 MB of spaces as page content.
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..300 {
        std::io::Write::write_all(&mut encoder, &[b' '; 1 << 20]).unwrap();
    }
    let data = encoder.finish().unwrap();
    let hex: String = data.iter().map(|b| format!("{b:02x}")).collect();
    // The second filter makes it text; the bytes are what counts.
    let contents = stream("/Filter[/ASCIIHexDecode/FlateDecode]", &(hex + ">"));
    let file = plain(&[
        "<</Type/Catalog/Pages 2 0 R>>".into(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".into(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]/Contents 4 0 R/Resources<<>>>>".into(),
        contents,
    ]);
    let result = Document::open(&file).unwrap().content(0, false);
    assert!(matches!(result, Err(Error::Limit(_))), "{result:?}");
}

#[test]
fn a_cut_file_is_an_error_or_a_page() {
    let mut file = words_page(&[("Số: 05/QĐ-UBND", 45.0, 262.0, false)]);
    while file.len() > 10 {
        file.truncate(file.len() * 9 / 10);
        if let Ok(document) = Document::open(&file) {
            let _ = document.content(0, true).map(|c| c.paths.iter().map(BoxMm::top).sum::<f64>());
        }
    }
}
