//! Drafts: what is refused, where the QR comes to stand and who reads it, what the orders make.

mod hostile;
mod qr;
mod signed;

use std::collections::BTreeMap;

use issuance::{ActKind, ActSpec, KeyUse, Layout, PageRef, Place, Signer, Spot};
use lab::documents::LabDocument;
use office::draft::{Prepared, Refused, Wanted, prepare};

pub(crate) const LINK: &str = "https://tthc.anlanh.gov.vn/k/3QF8Z2M4T6V9X0B1C5D7EGHJKN4";

/// initials, signature, number and date, seal
pub(crate) fn acts() -> Vec<ActSpec> {
    let act = |kind, by, key, place: &str| ActSpec { kind, by, key, place: Some(place.into()) };
    vec![
        act(ActKind::Initial, Signer::SigningPosition, KeyUse::Person, "initials"),
        act(ActKind::Sign, Signer::SigningPosition, KeyUse::Person, "signature"),
        act(ActKind::NumberDate, Signer::Registry, KeyUse::Seal, "header"),
        act(ActKind::Seal, Signer::Registry, KeyUse::Seal, "seal"),
    ]
}

/// The six signatures that other tools make.
pub(crate) fn six_acts() -> Vec<ActSpec> {
    let header = |kind| ActSpec {
        kind,
        by: Signer::Registry,
        key: KeyUse::Seal,
        place: Some("header".into()),
    };
    let mut acts = acts();
    acts.splice(2..3, [ActKind::Number, ActKind::Day, ActKind::Month].map(header));
    acts
}

/// By anchors, but for what no words stand beside.
pub(crate) fn by_anchors(document: &LabDocument) -> Layout {
    let between = |(width_mm, height_mm)| Spot::Between {
        above: "{title}".into(),
        below: "{name}".into(),
        width_mm,
        height_mm,
    };
    Layout(BTreeMap::from([
        ("initials".into(), in_mm(document.layout.initials)),
        ("signature".into(), between((60.0, 25.0))),
        ("seal".into(), between((35.0, 35.0))),
        ("header".into(), Spot::HeaderLine),
        ("qr".into(), in_mm(document.layout.qr)),
    ]))
}

/// The same in millimetres.
pub(crate) fn by_millimetres(document: &LabDocument) -> Layout {
    let mut layout = by_anchors(document);
    layout.0.insert("signature".into(), in_mm(document.layout.signature));
    layout.0.insert("seal".into(), in_mm(document.layout.seal));
    layout
}

pub(crate) fn in_mm(place: lab::documents::Place) -> Spot {
    let page = PageRef::Page(u32::try_from(place.page - 1).unwrap());
    let [x_mm, y_mm, width_mm, height_mm] = place.rect();
    Spot::Box { page, x_mm, y_mm, width_mm, height_mm }
}

pub(crate) fn prepared(
    document: &LabDocument,
    acts: &[ActSpec],
    layout: &Layout,
    certify: bool,
) -> Result<Prepared, Refused> {
    let moved = BTreeMap::new();
    let (title, name) = &document.layout.between;
    prepare(
        &document.pdf,
        &Wanted { acts, layout, file: 0, certify, title, name, moved: &moved, link: Some(LINK) },
    )
}

pub(crate) fn documents() -> Vec<LabDocument> {
    let mut all = lab::documents::all("2026-01-05T02:00:00Z".parse().unwrap()).unwrap();
    all.extend(lab::documents::libreoffice().unwrap());
    all.extend(lab::documents::rewritten().unwrap());
    all
}

pub(crate) fn place_of(prepared: &Prepared, name: &str) -> Place {
    prepared.boxes.iter().find(|b| b.name == name).unwrap_or_else(|| panic!("no {name}")).place
}

pub(crate) fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
