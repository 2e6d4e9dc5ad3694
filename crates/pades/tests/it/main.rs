//! Signing and reading small files made by [`base`], and corpora where ANTIN_CORPUS names them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod base;
mod corpus;
mod hostile;
mod prepare;
mod read;
mod speed;

use pades::{FileHash, Form, FormObject, Limits, NewSignature, Placed, Prepared, SignatureKind};

/// What stands in for a CMS.
pub(crate) const DER: &[u8] = &[0x30, 0x03, 0x02, 0x01, 0x2A];

pub(crate) fn order() -> NewSignature<'static> {
    NewSignature {
        field: None,
        kind: SignatureKind::Signature,
        sub_filter: "ETSI.CAdES.detached",
        claimed_time: Some("2026-01-05T01:02:03Z".parse().unwrap()),
        name: Some("Nguyễn Văn A"),
        reason: None,
        location: Some("Hà Nội"),
        certify: None,
        appearance: None,
        contents_bytes: 64,
    }
}

pub(crate) fn placed(page: u32) -> Placed {
    let content = "0 0 1 rg 0 0 85.04 28.35 re f";
    let form = format!(
        "<</Type/XObject/Subtype/Form/BBox[0 0 85.04 28.35]/Matrix[1 0 0 1 0 0]/Resources<<>>/Length {}>>\nstream\n{content}\nendstream",
        content.len()
    );
    let objects = vec![FormObject { pieces: vec![(form.into_bytes(), None)] }];
    let form = Form { width_mm: 30.0, height_mm: 10.0, objects };
    Placed { page, x_mm: 100.0, y_mm: 50.0, width_mm: 30.0, height_mm: 10.0, form }
}

pub(crate) fn try_prepare(
    base: &[u8],
    what: &NewSignature<'_>,
) -> Result<Prepared, pades::PrepareRefusal> {
    let hash = FileHash::of(&base).unwrap();
    pades::prepare(&base, hash, what, &Limits::default())
}

/// The whole signed file.
pub(crate) fn sign(base: &[u8], what: &NewSignature<'_>) -> Vec<u8> {
    let prepared = try_prepare(base, what).unwrap();
    join(base, &prepared.finish(DER).unwrap())
}

pub(crate) fn join(base: &[u8], update: &pades::Update) -> Vec<u8> {
    [base, &update.tail].concat()
}

/// What qpdf says of a file: its exit code and words. None where qpdf is not installed; CI has it.
pub(crate) fn qpdf(bytes: &[u8], name: &str) -> Option<(i32, String)> {
    let path = std::env::temp_dir().join(format!("antin-pades-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let output = std::process::Command::new("qpdf").arg("--check").arg(&path).output();
    std::fs::remove_file(&path).unwrap();
    let output = output.ok()?;
    let words = [output.stdout, output.stderr].concat();
    Some((output.status.code().unwrap_or(-1), String::from_utf8_lossy(&words).into_owned()))
}

pub(crate) fn assert_clean(bytes: &[u8], name: &str) {
    let (code, words) = qpdf(bytes, name).expect("qpdf is needed: apt-get install qpdf");
    assert_eq!(code, 0, "{name}: {words}");
}
