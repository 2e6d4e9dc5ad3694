//! The commands of the story, run as a person would.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::Stage;
use crate::output;

/// What a command said, for the check that no PIN is in it.
#[derive(Default)]
pub(crate) struct Said(pub(crate) String);

/// One `antin sign`.
pub(crate) struct Signing<'a> {
    pub(crate) input: &'a Path,
    pub(crate) output: &'a Path,
    pub(crate) holder: &'a str,
    pub(crate) field: &'a str,
    pub(crate) more: Vec<String>,
}

impl Stage {
    /// Runs `antin sign` and gives its JSON.
    pub(crate) fn sign(&self, signing: &Signing<'_>, said: &mut Said) -> Result<Value> {
        let mut words: Vec<OsString> = vec![
            "sign".into(),
            signing.input.into(),
            "-o".into(),
            signing.output.into(),
            "--module".into(),
            self.module.clone().into(),
            "--token".into(),
            signing.holder.into(),
            "--key".into(),
            signing.holder.into(),
            "--pin-file".into(),
            self.lab.pin_file(signing.holder).into(),
            "--level".into(),
            "t".into(),
            "--field".into(),
            signing.field.into(),
        ];
        words.extend(signing.more.iter().map(OsString::from));
        let shown: Vec<String> =
            signing.more.iter().map(|word| quoted(&self.short(word))).collect();
        output::line(&format!(
            "  antin sign {} -o {} --token {} --field {} {}",
            self.short(&signing.input.to_string_lossy()),
            self.short(&signing.output.to_string_lossy()),
            signing.holder,
            signing.field,
            shown.join(" ")
        ));
        let (value, code) = self.antin(words, said)?;
        ensure!(
            code == Some(0) && value["outcome"] == "signed" && value["code"] == "signed",
            "{}\n{}",
            value["text_vi"].as_str().unwrap_or("antin sign"),
            value["text_en"].as_str().unwrap_or_default()
        );
        Ok(value)
    }

    /// Runs `antin verify` and gives its JSON and exit number.
    pub(crate) fn verify(&self, file: &Path, said: &mut Said) -> Result<(Value, Option<i32>)> {
        self.antin(vec!["verify".into(), file.into()], said)
    }

    fn antin(&self, mut words: Vec<OsString>, said: &mut Said) -> Result<(Value, Option<i32>)> {
        words.push("--json".into());
        let program = std::env::current_exe()?;
        let done = Command::new(program)
            .args(&words)
            .env("ANTIN_CONFIG", &self.config)
            .env_remove("ANTIN_TRUST")
            .envs(lab::env(self.lab.dir()))
            .output()
            .context("starting antin")?;
        let out = String::from_utf8_lossy(&done.stdout).into_owned();
        let err = String::from_utf8_lossy(&done.stderr).into_owned();
        said.0.push_str(&out);
        said.0.push_str(&err);
        let value =
            serde_json::from_str(out.trim()).with_context(|| format!("antin said: {out}{err}"))?;
        Ok((value, done.status.code()))
    }

    /// A path as seen from the demo's folder.
    pub(crate) fn short(&self, path: &str) -> String {
        let dir = format!("{}/", self.dir.display());
        path.strip_prefix(&dir).unwrap_or(path).to_owned()
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}
