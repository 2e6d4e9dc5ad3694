//! Every kind of signed file there is, as data: document, steps, and what must come of it.

use anyhow::{Context as _, Result};
use lab::documents::{self, LabDocument, Layout, Place};

/// A document and what is done to it.
pub(crate) struct Chain {
    /// Name of its files.
    pub(crate) name: String,
    pub(crate) pdf: Vec<u8>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// `antin fields --add …`
    Fields(Vec<String>),
    /// `antin sign`
    Sign(Sign),
}

#[derive(Debug, Clone)]
pub(crate) struct Sign {
    pub(crate) field: &'static str,
    pub(crate) holder: &'static str,
    /// Where it is not the holder's first.
    pub(crate) key: Option<&'static str>,
    /// "B" or "T".
    pub(crate) level: &'static str,
    pub(crate) words: Vec<String>,
}

impl Chain {
    pub(crate) fn signatures(&self) -> Vec<&Sign> {
        let mut signatures = vec![];
        for step in &self.steps {
            if let Step::Sign(sign) = step {
                signatures.push(sign);
            }
        }
        signatures
    }
}

/// All of them.
pub(crate) fn all() -> Result<Vec<Chain>> {
    let made = documents::all("2026-01-05T02:30:00Z".parse()?)?;
    let (office, rewritten) = (documents::libreoffice()?, documents::rewritten()?);
    let of = |documents: &[LabDocument], name: &str| -> Result<LabDocument> {
        documents.iter().find(|d| d.name == name).cloned().with_context(|| format!("no {name}"))
    };
    let mut chains = vec![];
    // The default: official, number and date, seal, on every document; level T but for three.
    for (index, document) in made.iter().chain(&office).chain(&rewritten).enumerate() {
        let level = if index % 3 == 2 { "B" } else { "T" };
        chains.push(chain(&["three", document.name], document, three(document, level)));
    }
    for document in [
        of(&made, "ho-kinh-doanh")?,
        of(&office, "quyet-dinh-libreoffice")?,
        of(&rewritten, "xac-nhan-hon-nhan-xref-stream")?,
    ] {
        chains.push(chain(&["six", document.name], &document, six(&document)));
    }
    let bases = [of(&made, "xac-nhan-hon-nhan")?, of(&rewritten, "xac-nhan-hon-nhan-xref-stream")?];
    chains.extend(algorithms(&bases));
    chains.extend(looks(&bases));
    for document in [of(&made, "quyet-dinh")?, of(&rewritten, "ho-kinh-doanh-xref-stream")?] {
        chains.push(chain(&["certified-2", document.name], &document, certified(&document)));
    }
    for (index, permission) in ["1", "3"].into_iter().enumerate() {
        let steps = vec![sign("Official", "official", "T", &["--certify", permission])];
        chains.push(chain(&["certified", permission], &bases[index], steps));
    }
    let document = of(&made, "quyet-dinh")?;
    chains.push(chain(&["two-officials"], &document, two_officials(&document)));
    for (document, level) in
        [(of(&made, "ho-kinh-doanh")?, "B"), (of(&office, "quyet-dinh-libreoffice")?, "T")]
    {
        let mut steps = three(&document, level);
        for step in &mut steps {
            if let Step::Sign(sign) = step {
                sign.holder = if sign.holder == "seal" { "seal-vn" } else { "official-vn" };
            }
        }
        chains.push(chain(&["vn-leaves", level], &document, steps));
    }
    Ok(chains)
}

fn chain(name: &[&str], document: &LabDocument, steps: Vec<Step>) -> Chain {
    Chain { name: name.join("-"), pdf: document.pdf.clone(), steps }
}

fn sign(field: &'static str, holder: &'static str, level: &'static str, words: &[&str]) -> Step {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Step::Sign(Sign { field, holder, key: None, level, words })
}

/// As NĐ 30/2020 wants it: the official by name and title, then văn thư with the agency's key.
fn three(document: &LabDocument, level: &'static str) -> Vec<Step> {
    let between = between(&document.layout);
    let (holder, image) = signer(&document.layout);
    let picture = ["--appearance", "official", "--place", &between, "--image", image];
    let text = ["--appearance", "number-date", "--text", "05|09|02"];
    let seal = ["--appearance", "seal", "--place", &between, "--image", "seal.png"];
    vec![
        sign("Official", holder, level, &picture),
        sign("NumberDate", "seal", level, &text),
        sign("Seal", "seal", level, &seal),
    ]
}

/// As other tools do: each of number, day and month by a signature of its own.
fn six(document: &LabDocument) -> Vec<Step> {
    let between = between(&document.layout);
    let (holder, image) = signer(&document.layout);
    let mut initials = vec!["--appearance", "initials", "--image", "initials.png"];
    let place = boxed(document.layout.initials);
    initials.extend(place.iter().map(String::as_str));
    vec![
        sign("Initials", "official2", "T", &initials),
        sign(
            "Official",
            holder,
            "T",
            &["--appearance", "official", "--place", &between, "--image", image],
        ),
        sign("Number", "seal", "T", &["--appearance", "number", "--text", "12"]),
        sign("Day", "seal", "T", &["--appearance", "date", "--text", "24"]),
        sign("Month", "seal", "T", &["--appearance", "date", "--text", "|11"]),
        sign(
            "Seal",
            "seal",
            "T",
            &["--appearance", "seal", "--place", &between, "--image", "seal.png"],
        ),
    ]
}

/// RSA-3072 with both paddings, P-256 and RSA-2048, three digests, two levels, two forms of file.
fn algorithms(bases: &[LabDocument; 2]) -> Vec<Chain> {
    let keys = [
        ("pss", "official", "pss"),
        ("pkcs1", "official", "pkcs1"),
        ("p256", "official-p256", ""),
        ("rsa2048", "official-rsa2048", "pss"),
    ];
    let mut chains = vec![];
    for (name, key, padding) in keys {
        for digest in ["sha256", "sha384", "sha512"] {
            for (level, base) in ["B", "T"].into_iter().zip(bases) {
                if name == "rsa2048" && digest != "sha256" {
                    continue;
                }
                let mut words = vec!["--digest", digest];
                if !padding.is_empty() {
                    words.extend(["--padding", padding]);
                }
                let Step::Sign(mut step) = sign("Signature", "official", level, &words) else {
                    continue;
                };
                step.key = Some(key);
                chains.push(chain(
                    &["invisible", name, digest, level],
                    base,
                    vec![Step::Sign(step)],
                ));
            }
        }
    }
    chains
}

/// Each appearance alone, by box and by words.
fn looks(bases: &[LabDocument; 2]) -> Vec<Chain> {
    let layout = &bases[0].layout;
    let (place, seal, initials) = (between(layout), boxed(layout.seal), boxed(layout.initials));
    let (official, number) = (boxed(layout.signature), boxed(layout.number));
    let (day, attachment) = (boxed(layout.day), boxed(layout.attachment));
    let after = format!("after:{}", layout.after_number);
    let with = |words: &[&str], more: &[String]| {
        words.iter().map(|w| (*w).to_owned()).chain(more.iter().cloned()).collect::<Vec<_>>()
    };
    let all = [
        ("official-by-box", "official2", with(&["official", "--image", "deputy.png"], &official)),
        (
            "official-by-words",
            "official2",
            with(&["official", "--image", "deputy.png", "--place", &place], &[]),
        ),
        ("official-as-text", "official2", with(&["official", "--place", &place], &[])),
        ("seal-by-box", "seal", with(&["seal", "--image", "seal.png"], &seal)),
        ("attachment", "seal", with(&["attachment", "--text", "05/QĐ-UBND"], &[])),
        ("attachment-by-box", "seal", with(&["attachment", "--text", "05/QĐ-UBND"], &attachment)),
        (
            "initials-picture",
            "official2",
            with(&["initials", "--image", "initials.png"], &initials),
        ),
        ("initials-letters", "official2", with(&["initials", "--text", "LTNB"], &initials)),
        (
            "number-by-words",
            "seal",
            with(&["number", "--text", "05", "--place", &after, "--size", "10,6"], &[]),
        ),
        ("number-in-its-blank", "seal", with(&["number", "--text", "05"], &[])),
        ("number-by-box", "seal", with(&["number", "--text", "05"], &number)),
        ("day-by-box", "seal", with(&["date", "--text", "05"], &day)),
        ("date-in-its-blanks", "seal", with(&["date", "--text", "05|01"], &[])),
    ];
    let forms = ["B", "T"].into_iter().zip(bases).cycle();
    all.into_iter()
        .zip(forms)
        .map(|((name, holder, words), (level, base))| {
            let mut more = vec!["--appearance"];
            more.extend(words.iter().map(String::as_str));
            chain(&["look", name], base, vec![sign("Signature", holder, level, &more)])
        })
        .collect()
}

/// A certifying first signature, P=2: all fields are made before it (other validators call a new
/// visible field after it a break), with their appearances.
fn certified(document: &LabDocument) -> Vec<Step> {
    let layout = &document.layout;
    let (_, image) = signer(layout);
    let fields =
        [("Official", layout.signature), ("NumberDate", layout.number_date), ("Seal", layout.seal)];
    let fields = fields.map(|(name, place)| {
        let [x, y, width, height] = place.rect();
        format!("{name},{},{x},{y},{width},{height}", place.page)
    });
    vec![
        Step::Fields(fields.into()),
        sign(
            "Official",
            "official",
            "T",
            &["--appearance", "official", "--image", image, "--certify", "2"],
        ),
        sign("NumberDate", "seal", "T", &["--appearance", "number-date", "--text", "05|09|02"]),
        sign("Seal", "seal", "T", &["--appearance", "seal", "--image", "seal.png"]),
    ]
}

/// Two approval signatures of two officials, then the seal.
fn two_officials(document: &LabDocument) -> Vec<Step> {
    let between = between(&document.layout);
    vec![
        sign(
            "Official",
            "official",
            "T",
            &["--appearance", "official", "--place", &between, "--image", "official.png"],
        ),
        sign("Second", "official2", "B", &["--reason", "Đồng ý", "--location", "An Lành"]),
        sign(
            "Seal",
            "seal",
            "T",
            &["--appearance", "seal", "--place", &between, "--image", "seal.png"],
        ),
    ]
}

fn between(layout: &Layout) -> String {
    format!("between:{}|{}", layout.between.0, layout.between.1)
}

/// The holder whose name stands under the block, and the picture of their hand.
fn signer(layout: &Layout) -> (&'static str, &'static str) {
    if layout.between.1 == "Lê Thị Ngọc Bích" {
        ("official2", "deputy.png")
    } else {
        ("official", "official.png")
    }
}

fn boxed(place: Place) -> Vec<String> {
    let rect = place.rect().map(|mm| format!("{mm:.3}")).join(",");
    vec!["--page".to_owned(), place.page.to_string(), "--rect".to_owned(), rect]
}
