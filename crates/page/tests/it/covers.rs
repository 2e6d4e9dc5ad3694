use crate::make::{PT, by_hand, show, stream, widget};
use page::{Covered, Widget, covers};

fn field(name: &str, rect_mm: [f64; 4]) -> Widget {
    let [x, y, w, h] = rect_mm.map(|v| v * PT);
    Widget { field: name.into(), page: 0, rect: [x, y, x + w, y + h] }
}

/// `text` on the page; one new widget with this appearance.
fn covered(content: &str, rect_mm: [f64; 4], appearance: &str) -> Vec<Covered> {
    let [w, form] = widget(6, "New", rect_mm, "", appearance);
    let earlier = by_hand(content, "", &[]);
    let later = by_hand(content, "/Annots[6 0 R]", &[w, form]);
    covers(&earlier, &later, &[field("New", rect_mm)])
}

#[test]
fn text_under_paint_is_named_with_its_words() {
    let page = show("one two", 50.0, 50.0) + &show("three", 50.0, 20.0);
    let found = covered(&page, [45.0, 45.0, 40.0, 15.0], "1 g 0 0 500 500 re f");
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(
        (one.what.as_str(), one.text.as_deref(), one.field.as_str()),
        ("text", Some("one two"), "New")
    );
    assert!(one.share > 0.95, "{one:?}");
}

#[test]
fn the_box_alone_covers_nothing() {
    let page = show("one two", 50.0, 50.0);
    // Painted left of the words, though the box lies over them.
    assert_eq!(covered(&page, [30.0, 45.0, 60.0, 15.0], "0 0 40 40 re f"), []);
    // Nothing painted at all.
    assert_eq!(covered(&page, [30.0, 45.0, 60.0, 15.0], ""), []);
}

#[test]
fn paint_outside_the_bbox_is_clipped() {
    let page = show("one two", 50.0, 50.0);
    assert_eq!(covered(&page, [10.0, 10.0, 10.0, 10.0], "-500 -500 2000 2000 re f"), []);
}

#[test]
fn a_bbox_that_is_bigger_than_the_box_is_fitted_into_it() {
    // BBox × Matrix is mapped onto Rect: nothing reaches the words.
    let page = show("one two", 50.0, 50.0);
    let [w, _] = widget(6, "New", [10.0, 10.0, 10.0, 10.0], "", "");
    let form = stream(
        "/Type/XObject/Subtype/Form/BBox[-1000 -1000 1000 1000]/Matrix[5 0 0 5 100 100]",
        "-1000 -1000 2000 2000 re f",
    );
    let later = by_hand(&page, "/Annots[6 0 R]", &[w, form]);
    assert_eq!(
        covers(&by_hand(&page, "", &[]), &later, &[field("New", [10.0, 10.0, 10.0, 10.0])]),
        []
    );
}

#[test]
fn number_in_a_blank_covers_only_the_blank() {
    let page = show("No: ........ /QD", 50.0, 50.0);
    let found = covered(&page, [57.5, 48.0, 10.0, 8.0], "8 6 8 12 re f");
    let [blank] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(blank.what, "blank");
    let white = show("No:", 50.0, 50.0) + &show("/QD", 80.0, 50.0);
    assert_eq!(covered(&white, [60.0, 48.0, 12.0, 8.0], "0 0 30 20 re f"), []);
    // A rule to write on.
    let rule = format!("0.5 w {} {} m {} {} l S", 60.0 * PT, 50.0 * PT, 75.0 * PT, 50.0 * PT);
    let found = covered(&rule, [60.0, 48.0, 12.0, 8.0], "0 0 30 20 re f");
    assert_eq!(found.iter().map(|c| c.what.as_str()).collect::<Vec<_>>(), ["blank"]);
}

#[test]
fn images_and_paths_are_told_apart() {
    let image = format!(
        "q {} 0 0 {} {} {} cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x7f EI Q ",
        20.0 * PT,
        20.0 * PT,
        50.0 * PT,
        40.0 * PT
    );
    let found = covered(&image, [50.0, 40.0, 10.0, 20.0], "0 0 500 500 re f");
    let [one] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(one.what, "image");
    assert!((one.share - 0.5).abs() < 0.05, "{one:?}");
    let frame = format!("2 w {} {} {} {} re S", 20.0 * PT, 20.0 * PT, 100.0 * PT, 60.0 * PT);
    assert_eq!(covered(&frame, [50.0, 40.0, 10.0, 20.0], "0 0 500 500 re f"), []);
    assert_eq!(covered(&frame, [15.0, 40.0, 10.0, 20.0], "0 0 500 500 re f")[0].what, "paths");
}

#[test]
fn a_seal_over_another_signature_and_its_block() {
    let page = show("DIRECTOR", 95.0, 80.0)
        + &show("Nguyen Van A", 92.0, 40.0)
        + &show("To the archive", 20.0, 60.0);
    let official = [80.0, 48.0, 50.0, 28.0];
    let [first, first_form] =
        widget(6, "Official", official, "", &format!("0 0 {} {} re f", 50.0 * PT, 28.0 * PT));
    let seal = [62.0, 44.0, 35.0, 38.0];
    let [second, second_form] =
        widget(8, "Seal", seal, "", &format!("0 0 {} {} re f", 35.0 * PT, 38.0 * PT));
    let earlier = by_hand(&page, "/Annots[6 0 R]", &[first.clone(), first_form.clone()]);
    let later = by_hand(&page, "/Annots[6 0 R 8 0 R]", &[first, first_form, second, second_form]);
    let found = covers(&earlier, &later, &[field("Seal", seal)]);
    let widget = found.iter().find(|c| c.what == "widget:Official").unwrap();
    assert!((widget.share - 17.0 / 50.0).abs() < 0.02, "{widget:?}");
    let title = found.iter().find(|c| c.text.as_deref() == Some("DIRECTOR")).unwrap();
    assert_eq!(title.block_of.as_deref(), Some("Official"));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn transparent_parts_of_an_image_do_not_cover() {
    // A 2 × 1 image whose left half is transparent.
    let page = show("left", 20.0, 50.0) + &show("right", 60.0, 50.0);
    let rect = [10.0, 40.0, 80.0, 20.0];
    let [w, _] = widget(6, "New", rect, "", "");
    let form = stream(
        &format!(
            "/Type/XObject/Subtype/Form/BBox[0 0 {} {}]/Resources<</XObject<</I 8 0 R>>>>",
            80.0 * PT,
            20.0 * PT
        ),
        &format!("{} 0 0 {} 0 0 cm /I Do", 80.0 * PT, 20.0 * PT),
    );
    let image = stream(
        "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/SMask 9 0 R/Filter/ASCIIHexDecode",
        "0000>",
    );
    let mask = stream(
        "/Type/XObject/Subtype/Image/Width 2/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/ASCIIHexDecode",
        "00FF>",
    );
    let later = by_hand(&page, "/Annots[6 0 R]", &[w, form, image, mask]);
    let found = covers(&by_hand(&page, "", &[]), &later, &[field("New", rect)]);
    assert_eq!(found.iter().map(|c| c.text.as_deref().unwrap()).collect::<Vec<_>>(), ["right"]);
}

#[test]
fn what_cannot_be_read_counts_as_covered() {
    let page = show("one two", 50.0, 50.0);
    let rect = [45.0, 45.0, 40.0, 15.0];
    // An appearance without BBox paints its whole box.
    let [w, _] = widget(6, "New", rect, "", "");
    let later = by_hand(&page, "/Annots[6 0 R]", &[w, stream("/Subtype/Form", "")]);
    assert_eq!(covers(&by_hand(&page, "", &[]), &later, &[field("New", rect)])[0].what, "text");
    // A widget that is not on its page, too.
    let found = covers(&by_hand(&page, "", &[]), &by_hand(&page, "", &[]), &[field("New", rect)]);
    assert_eq!(found[0].what, "text");
    // An earlier file that cannot be drawn.
    let [w, form] = widget(6, "New", rect, "", "0 0 50 50 re f");
    let later = by_hand(&page, "/Annots[6 0 R]", &[w, form]);
    assert_eq!(covers(b"%PDF-", &later, &[field("New", rect)])[0].what, "unreadable");
}

#[test]
fn hidden_appearances_and_states_count() {
    let page = show("one two", 50.0, 50.0);
    let rect = [45.0, 45.0, 40.0, 15.0];
    let [x, y, w, h] = rect.map(|v| v * PT);
    let hidden = format!(
        "<</Subtype/Widget/FT/Sig/T(New)/F 34/Rect[{x} {y} {} {}]/AP<</N<</Off 7 0 R/On 8 0 R>>>>/AS/Off>>",
        x + w,
        y + h
    );
    let form = |content: &str| stream(&format!("/Subtype/Form/BBox[0 0 {w} {h}]"), content);
    let later = by_hand(&page, "/Annots[6 0 R]", &[hidden, form(""), form("0 0 500 500 re f")]);
    assert_eq!(covers(&by_hand(&page, "", &[]), &later, &[field("New", rect)]).len(), 1);
}
