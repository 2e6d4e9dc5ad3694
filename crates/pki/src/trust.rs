//! Own trust anchors, and which hierarchy each belongs to.

use crate::certificate::Certificate;
use serde::{Deserialize, Serialize};

/// Which hierarchy an anchor belongs to. The two Vietnamese ones are kept apart, and a verdict says
/// which one matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hierarchy {
    /// Ban Cơ yếu Chính phủ: government (chữ ký số chuyên dùng công vụ).
    BanCoYeu,
    /// Vietnam National Root CA and the public providers below it.
    Neac,
    /// Everything else.
    Other,
}

/// A certificate that is trusted as it is.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// The certificate.
    pub certificate: Certificate,
    /// By its fingerprint.
    pub hierarchy: Hierarchy,
}

/// Own anchors only; no system store is ever read. An anchor is trusted as it is: its own
/// signature, status and validity period are not asked.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    /// In order of addition, no two alike when made by [`add`](Self::add).
    pub anchors: Vec<Anchor>,
}

impl TrustStore {
    /// Hierarchy comes from the table of known fingerprints (compiled in from
    /// certs/known-anchors.tsv), else Other. Adding one twice changes nothing.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.contains(&certificate) {
            let hierarchy = hierarchy_of(&certificate);
            self.anchors.push(Anchor { certificate, hierarchy });
        }
    }

    /// This very certificate, byte for byte, is an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.anchor(certificate).is_some()
    }

    /// The anchor that is this very certificate.
    pub fn anchor(&self, certificate: &Certificate) -> Option<&Anchor> {
        self.anchors.iter().find(|a| a.certificate == *certificate)
    }
}

/// A row of certs/known-anchors.tsv: what is publicly known of a Vietnamese anchor or authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownAnchor {
    /// Short name, e.g. "vgca-rootcag2".
    pub name: &'static str,
    /// SHA-256 fingerprint, hexadecimal.
    pub sha256: &'static str,
    /// Distinguished name as the certificate has it.
    pub subject: &'static str,
    /// Last second of its validity, RFC 3339.
    pub not_after: &'static str,
    /// Hierarchy.
    pub hierarchy: Hierarchy,
    /// "anchor" may be trusted; "intermediate" and "tsa" help and are never trust.
    pub role: &'static str,
    /// Official download address; empty when not known.
    pub address: &'static str,
}

/// The table that is compiled in.
pub fn known_anchors() -> Vec<KnownAnchor> {
    read_table(KNOWN_ANCHORS)
}

/// Hierarchy of a certificate by its fingerprint.
pub fn hierarchy_of(certificate: &Certificate) -> Hierarchy {
    let fingerprint = certificate.fingerprint();
    let known = known_anchors();
    let row = known.iter().find(|k| k.sha256.eq_ignore_ascii_case(&fingerprint));
    row.map_or(Hierarchy::Other, |k| k.hierarchy)
}

const KNOWN_ANCHORS: &str = include_str!("../../../certs/known-anchors.tsv");

/// Columns are found by the names in the first line; lines that start with # are comments.
fn read_table(text: &'static str) -> Vec<KnownAnchor> {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !is_comment(l));
    let Some(header) = lines.next() else { return Vec::new() };
    let header: Vec<String> =
        header.trim_start_matches('#').split('\t').map(|h| h.trim().to_lowercase()).collect();
    let column = |names: &[&str]| header.iter().position(|h| names.contains(&h.as_str()));
    let (name, sha256) = (column(&["name", "file"]), column(&["sha-256", "sha256", "fingerprint"]));
    let (hierarchy, role) = (column(&["hierarchy"]), column(&["role"]));
    let (subject, not_after) = (column(&["subject"]), column(&["not_after"]));
    let address = column(&["address", "url"]);
    let row = |line: &'static str| {
        let cells: Vec<&'static str> = line.split('\t').map(str::trim).collect();
        let cell = |at: Option<usize>| at.and_then(|i| cells.get(i).copied()).unwrap_or_default();
        KnownAnchor {
            name: cell(name),
            sha256: cell(sha256),
            subject: cell(subject),
            not_after: cell(not_after),
            hierarchy: match cell(hierarchy) {
                "ban-co-yeu" => Hierarchy::BanCoYeu,
                "neac" => Hierarchy::Neac,
                _ => Hierarchy::Other,
            },
            role: cell(role),
            address: cell(address),
        }
    };
    lines.map(row).collect()
}

/// A comment, unless it is the header itself written as one.
fn is_comment(line: &str) -> bool {
    line.starts_with('#') && !line.contains('\t')
}
