//! `antin verify`.

use std::path::Path;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;
use validation::{Conclusion, Evidence, LaterChanges, Limits, Policy, Report};

use crate::cli::Verify;
use crate::config::Config;
use crate::files::{self, Document};
use crate::net::Net;
use crate::output;
use crate::stop::Stop;
use crate::trust::{self, Trusted};

pub(crate) fn run(args: &Verify, config: Result<Config, Stop>) -> ExitCode {
    let mut judge = match config.and_then(|config| Judge::set_up(args, &config)) {
        Ok(judge) => judge,
        Err(stop) => return output::stopped(&stop, args.json, &[]),
    };
    let mut worst = 0;
    let mut used = Evidence::default();
    for file in &args.files {
        let exit = match judge.file(file) {
            Ok(report) => {
                used.merge(judge.evidence.used_by(&report));
                show(&report, file, args.json);
                exit_of(&report)
            }
            Err(stop) => {
                let name = file.display().to_string();
                if !args.json {
                    output::note(&format!("{name}:"));
                }
                output::stopped(&stop, args.json, &[("file", json!(name))]);
                stop.exit()
            }
        };
        worst = worst.max(exit);
    }
    if let Some(target) = &args.evidence_out
        && let Err(stop) = files::write_whole(target, used.to_json().as_bytes())
    {
        return output::stopped(&stop, args.json, &[]);
    }
    ExitCode::from(worst)
}

struct Judge {
    trusted: Trusted,
    evidence: Evidence,
    policy: Policy,
    at: Option<Timestamp>,
    net: Net,
    has_password: bool,
}

impl Judge {
    fn set_up(args: &Verify, config: &Config) -> Result<Judge, Stop> {
        let trusted = trust::load(&args.trust.trust, config)?;
        let mut evidence = trust::answers(&args.crl, &args.ocsp)?;
        evidence.certificates.extend(trusted.helpers.iter().cloned());
        evidence.certificates.extend(trust::certificates_of(&args.cert)?);
        if let Some(kept) = &args.evidence {
            evidence.merge(trust::evidence(kept)?);
        }
        if let Some(file) = &args.password_file {
            // Named and absent is an error even where no document wants it.
            files::read(file, 4096)?;
        }
        Ok(Judge {
            trusted,
            evidence,
            policy: policy(args.policy.as_deref(), config)?,
            at: args.at,
            net: Net::new(config.fetching(), args.offline),
            has_password: args.password_file.is_some(),
        })
    }

    fn file(&mut self, path: &Path) -> Result<Report, Stop> {
        let document = Document::open(path)?;
        let facts = validation::read(document.source(), &Limits::default());
        if facts.pdf.encrypted {
            return Err(Stop::password(self.has_password));
        }
        let (trusted, policy, at) = (&self.trusted, &self.policy, self.at);
        self.net.complete(&mut self.evidence, |evidence| {
            // Read at every judgement: an answer may be a moment younger than the question.
            let at = at.unwrap_or_else(Timestamp::now);
            let report = validation::judge(&facts, evidence, &trusted.anchors, policy, at);
            let missing = report.missing.clone();
            (report, missing)
        })
    }
}

/// The named policy, else the configured one, else the default.
pub(crate) fn policy(named: Option<&str>, config: &Config) -> Result<Policy, Stop> {
    let Some(name) = named.or(config.policy.as_deref()) else { return Ok(Policy::default()) };
    Policy::named(name).ok_or_else(|| {
        let known = Policy::names().join(", ");
        Stop::failed(
            "policy_unknown",
            format!("Không có chính sách “{name}”. Các chính sách: {known}."),
            format!("There is no policy \"{name}\". Policies: {known}."),
        )
    })
}

fn exit_of(report: &Report) -> u8 {
    let passed = report.conclusion == Conclusion::TotalPassed
        && report.later_changes != LaterChanges::NotPermitted;
    u8::from(!passed)
}

fn show(report: &Report, file: &Path, json: bool) {
    let name = file.display().to_string();
    if json {
        output::line(&report.to_json(&name));
    } else {
        output::line(report.to_text(&name).trim_end());
        output::line("");
    }
}
