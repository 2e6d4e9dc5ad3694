//! One signing run for all tests of this binary: the kinds of [`crate::kinds`], each step by one
//! `antin` process.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::Desk;
use lab::documents::pictures;

use crate::kinds::{self, Chain, Step};
use crate::show;

/// Everything signed, and where it was made.
pub(crate) struct Made {
    pub(crate) desk: Desk,
    pub(crate) files: Vec<Signed>,
}

/// A chain after all of its steps.
pub(crate) struct Signed {
    pub(crate) chain: Chain,
    /// From the unsigned file to the last.
    pub(crate) files: Vec<PathBuf>,
}

impl Signed {
    pub(crate) fn last(&self) -> &Path {
        self.files.last().expect("a chain begins with its document")
    }

    pub(crate) fn base(&self) -> &Path {
        self.files.first().expect("a chain begins with its document")
    }
}

/// The one run. A step that fails fails every test that looks at the files, with its own words.
pub(crate) fn made() -> &'static Made {
    static MADE: OnceLock<Result<Made, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| make().map_err(|e| format!("{e:#}")));
    made.as_ref().unwrap_or_else(|e| panic!("{e}"))
}

fn make() -> Result<Made> {
    // Nothing is dropped that a `static` holds: the desk lies in a folder that the next run empties.
    let folder = show::folder("signed")?;
    let desk = Desk::within(&folder)?;
    for (name, png) in [
        ("official.png", pictures::signature_official()?),
        ("deputy.png", pictures::signature_deputy()?),
        ("initials.png", pictures::initials()?),
        ("seal.png", pictures::seal()?),
    ] {
        desk.write(name, &png)?;
    }
    let (mut files, mut failed) = (vec![], vec![]);
    for chain in kinds::all()? {
        match perform(&desk, &folder, &chain) {
            Ok(made) => files.push(Signed { chain, files: made }),
            Err(e) => failed.push(format!("{}: {e:#}", chain.name)),
        }
    }
    ensure!(failed.is_empty(), "not signed:\n{}", failed.join("\n"));
    Ok(Made { desk, files })
}

fn perform(desk: &Desk, folder: &Path, chain: &Chain) -> Result<Vec<PathBuf>> {
    let base = folder.join(format!("{}-0.pdf", chain.name));
    std::fs::write(&base, &chain.pdf)?;
    let mut files = vec![base];
    for (index, step) in chain.steps.iter().enumerate() {
        let number = index + 1;
        let output = folder.join(if number == chain.steps.len() {
            format!("{}.pdf", chain.name)
        } else {
            format!("{}-{number}.pdf", chain.name)
        });
        let input = files.last().context("no file")?;
        take(desk, step, input, &output).with_context(|| format!("step {number}: {step:?}"))?;
        files.push(output);
    }
    Ok(files)
}

fn take(desk: &Desk, step: &Step, input: &Path, output: &Path) -> Result<()> {
    let words = match step {
        Step::Fields(fields) => {
            let mut words = vec!["fields".to_owned(), input.display().to_string()];
            words.extend(["-o".to_owned(), output.display().to_string(), "--json".to_owned()]);
            words.extend(fields.iter().flat_map(|f| ["--add".to_owned(), f.clone()]));
            words
        }
        Step::Sign(sign) => {
            let mut words = desk.sign_words(input, output, sign.holder)?;
            if let Some(key) = sign.key {
                let at = words.iter().position(|w| w == "--key").context("no --key")?;
                key.clone_into(words.get_mut(at + 1).context("no key")?);
            }
            words.extend(["--level".to_owned(), sign.level.to_lowercase()]);
            words.extend(["--field".to_owned(), sign.field.to_owned()]);
            words.extend(sign.words.clone());
            words
        }
    };
    let done = desk.run(words)?;
    if done.exit != 0 {
        bail!("exit {}: {}{}", done.exit, done.stdout, done.stderr);
    }
    Ok(())
}
