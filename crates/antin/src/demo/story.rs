//! Who signs what, in which order, and how it looks (NĐ 30/2020/NĐ-CP, Phụ lục I).

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::tz::Offset;
use lab::documents::{LabDocument, pictures};
use serde_json::Value;

use super::command::{Said, Signing};
use super::{Stage, check, heading};
use crate::output;

/// What came of it.
pub(crate) struct Told {
    rows: Vec<Row>,
}

/// One signed file.
struct Row {
    file: PathBuf,
    report: Value,
    pages: Vec<PathBuf>,
}

/// Signs, verifies, draws.
pub(crate) fn tell(stage: &Stage) -> Result<Told> {
    let folders = Folders::make(&stage.dir)?;
    let pictures = Pictures::make(&folders.pictures)?;
    let now = Timestamp::now();
    let documents = lab::documents::all(now)?;
    let mut said = Said::default();
    let mut signed = vec![];

    heading(
        "Ký ba kết quả: người có thẩm quyền, số và ngày, con dấu · three results: official, number and date, seal",
    );
    for (index, document) in documents.iter().enumerate() {
        let scene = Scene { stage, folders: &folders, pictures: &pictures, document, now };
        signed.push(scene.three(&format!("{:02}", index + 1), &mut said)?);
    }
    heading(
        "Sáu chữ ký trong một tệp: ký nháy, lãnh đạo, số, ngày, tháng, con dấu · six signatures in one file",
    );
    if let Some(document) = documents.first() {
        let scene = Scene { stage, folders: &folders, pictures: &pictures, document, now };
        signed.push(scene.six(&mut said)?);
    }

    heading(
        "Kiểm tra lại từng tệp bằng một tiến trình mới · each file verified by a fresh process",
    );
    let mut rows = vec![];
    for (chain, signatures) in &signed {
        let file = chain.last().context("no file")?.clone();
        let report = check::verified(stage, chain, *signatures, &mut said)?;
        let pages = check::drawn(&file, &folders.pages)?;
        output::line(&format!(
            "  {}  {}",
            report["conclusion"].as_str().unwrap_or("?"),
            stage.short(&file.to_string_lossy())
        ));
        rows.push(Row { file, report, pages });
    }
    check::no_pin_anywhere(stage, &said)?;
    output::line(
        "  không có mã PIN nào trong kết quả, nhật ký, cấu hình · no PIN in results, output or configuration",
    );
    Ok(Told { rows })
}

struct Folders {
    documents: PathBuf,
    pictures: PathBuf,
    steps: PathBuf,
    signed: PathBuf,
    pages: PathBuf,
}

impl Folders {
    /// Those of the last run are emptied, so that nothing old can pass for new.
    fn make(dir: &Path) -> Result<Folders> {
        let make = |name: &str| -> Result<PathBuf> {
            let folder = dir.join(name);
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
            Ok(folder)
        };
        Ok(Folders {
            documents: make("documents")?,
            pictures: make("pictures")?,
            steps: make("steps")?,
            signed: make("signed")?,
            pages: make("pages")?,
        })
    }
}

struct Pictures {
    official: PathBuf,
    deputy: PathBuf,
    initials: PathBuf,
    seal: PathBuf,
}

impl Pictures {
    fn make(folder: &Path) -> Result<Pictures> {
        let write = |name: &str, png: Vec<u8>| -> Result<PathBuf> {
            let path = folder.join(name);
            fs::write(&path, png)?;
            Ok(path)
        };
        Ok(Pictures {
            official: write("official.png", pictures::signature_official()?)?,
            deputy: write("deputy.png", pictures::signature_deputy()?)?,
            initials: write("initials.png", pictures::initials()?)?,
            seal: write("seal.png", pictures::seal()?)?,
        })
    }
}

/// One document and what is needed to sign it.
struct Scene<'a> {
    stage: &'a Stage,
    folders: &'a Folders,
    pictures: &'a Pictures,
    document: &'a LabDocument,
    now: Timestamp,
}

/// The files from the unsigned one to the last, and how many signatures that has.
type Chain = (Vec<PathBuf>, usize);

impl Scene<'_> {
    fn three(&self, number: &str, said: &mut Said) -> Result<Chain> {
        let (day, month) = self.day_and_month();
        let steps = [
            self.official(),
            Step::new(
                "NumberDate",
                "seal",
                ["--appearance", "number-date", "--text", &format!("{number}|{day}|{month}")],
            ),
            self.seal(),
        ];
        self.perform(self.document.name, &steps, said)
    }

    fn official(&self) -> Step {
        let (holder, picture) = self.signer();
        let words =
            ["--appearance", "official", "--place", &self.between(), "--image", &text(picture)];
        Step::new("Official", holder, words)
    }

    fn seal(&self) -> Step {
        let picture = text(&self.pictures.seal);
        let words = ["--appearance", "seal", "--place", &self.between(), "--image", &picture];
        Step::new("Seal", "seal", words)
    }

    fn six(&self, said: &mut Said) -> Result<Chain> {
        let (day, month) = self.day_and_month();
        let initials = self.document.layout.initials;
        let rect = initials.rect().map(|mm| format!("{mm:.2}")).join(",");
        let page = initials.page.to_string();
        let steps = [
            Step::new(
                "Initials",
                "official2",
                [
                    "--appearance",
                    "initials",
                    "--page",
                    &page,
                    "--rect",
                    &rect,
                    "--image",
                    &text(&self.pictures.initials),
                ],
            ),
            self.official(),
            Step::new("Number", "seal", ["--appearance", "number", "--text", "04"]),
            Step::new("Day", "seal", ["--appearance", "date", "--text", &day]),
            Step::new("Month", "seal", ["--appearance", "date", "--text", &format!("|{month}")]),
            self.seal(),
        ];
        self.perform(&format!("{}-six", self.document.name), &steps, said)
    }

    fn perform(&self, name: &str, steps: &[Step], said: &mut Said) -> Result<Chain> {
        let unsigned = self.folders.documents.join(format!("{}.pdf", self.document.name));
        fs::write(&unsigned, &self.document.pdf)?;
        let mut chain = vec![unsigned];
        for (index, step) in steps.iter().enumerate() {
            let is_last = index + 1 == steps.len();
            let output = if is_last {
                self.folders.signed.join(format!("{name}.pdf"))
            } else {
                self.folders.steps.join(format!(
                    "{name}-{}-{}.pdf",
                    index + 1,
                    step.field.to_lowercase()
                ))
            };
            let signing = Signing {
                input: chain.last().context("no file")?,
                output: &output,
                holder: &step.holder,
                field: step.field,
                more: step.words.clone(),
            };
            self.stage.sign(&signing, said)?;
            chain.push(output);
        }
        Ok((chain, steps.len()))
    }

    /// The holder whose name stands under the signature block.
    fn signer(&self) -> (&'static str, &Path) {
        let name = &self.document.layout.between.1;
        let deputy = self.stage.lab.certificate("official2").ok().and_then(|issued| {
            pki::Certificate::from_der(&issued.der).ok()?.subject().common_name()
        });
        if deputy.is_some_and(|deputy| name.contains(&deputy)) {
            ("official2", &self.pictures.deputy)
        } else {
            ("official", &self.pictures.official)
        }
    }

    fn between(&self) -> String {
        let (title, name) = &self.document.layout.between;
        format!("between:{title}|{name}")
    }

    /// Days below 10 and the months 1 and 2 have a leading 0 (NĐ 30/2020/NĐ-CP, PL I).
    fn day_and_month(&self) -> (String, String) {
        let date = Offset::constant(7).to_datetime(self.now).date();
        let month = if date.month() < 3 {
            format!("{:02}", date.month())
        } else {
            date.month().to_string()
        };
        (format!("{:02}", date.day()), month)
    }
}

struct Step {
    field: &'static str,
    holder: String,
    words: Vec<String>,
}

impl Step {
    fn new<'a>(
        field: &'static str,
        holder: &str,
        words: impl IntoIterator<Item = &'a str>,
    ) -> Step {
        Step {
            field,
            holder: holder.to_owned(),
            words: words.into_iter().map(str::to_owned).collect(),
        }
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

impl Told {
    /// The table, and where everything is.
    pub(crate) fn print(&self, stage: &Stage) {
        heading("Kết quả · results");
        for row in &self.rows {
            let text = |key: &str| row.report[key].as_str().unwrap_or("?").to_owned();
            output::line(&format!(
                "  {}\n    {} · later changes: {}",
                row.file.display(),
                text("conclusion"),
                text("later_changes")
            ));
            for signature in row.report["signatures"].as_array().into_iter().flatten() {
                let text = |key: &str| signature[key].as_str().unwrap_or("?").to_owned();
                output::line(&format!(
                    "    {:12} {:18} {:12} {}  {}",
                    text("field"),
                    text("level"),
                    text("indication"),
                    text("best_time"),
                    text("signer"),
                ));
            }
            for page in &row.pages {
                output::line(&format!("    ảnh · picture: {}", page.display()));
            }
        }
        output::line(&format!(
            "\n  mã PIN của từng người giữ khóa · each holder's PIN: {}/",
            stage.lab.dir().join("pins").display()
        ));
    }
}
