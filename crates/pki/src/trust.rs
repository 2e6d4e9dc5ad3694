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
    /// Hierarchy.
    pub hierarchy: Hierarchy,
    /// What it is for: root, ca, tsa; empty when not said.
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

const KNOWN_ANCHORS: &str = "name\tsha-256\thierarchy\trole\n\
mic-national-root-ca-2008-sha1\tCA918D635BB130BEC97639E6AABF7EDBC4EB1310F8058B9419F467AE0230AD8C\tneac\troot\n\
vgca-cpcag2\tD8CAB7A4AEF92E6BB2509D7C61CEE7B44F3731B2D21074963530277B366FAE4B\tban-co-yeu\tca\n\
vgca-g1-sub-bo-cong-an-2010\tECBF8428266C549EB1BFDC2715270D5B9DFF3BBBE2D3F0C33E0FD91F70B2D943\tban-co-yeu\tca\n\
vgca-g1-sub-bo-ngoai-giao-2016\t3C4281296F92D292CC952295FE41AD7D0B37438FF1D143B56C4642CC1B14BD93\tban-co-yeu\tca\n\
vgca-g1-sub-bo-tai-chinh-2010\tA262CFA489DBBE666F8B89FAB832547809874D5A06FA9F7A38FC227EBDF40514\tban-co-yeu\tca\n\
vgca-g1-sub-chinh-phu-2010\t75E969C07BA35C29C72BBC1BFB880F20F3891A619B00B77EB02CA6160736A1FE\tban-co-yeu\tca\n\
vgca-g1-sub-dang-cong-san-2010\t6E218B3EBC2F31B0D03205C64FD7E8920FB47187D37AFCDB4CB2BB4178BF4635\tban-co-yeu\tca\n\
vgca-rootca-g1-2010\tF7BC89054CEC7F12730D7B8CD3EB7955B163835087E5EB873EDFB584763B3F90\tban-co-yeu\troot\n\
vgca-rootcag2\tF04BA4B459A7C9A1B971AD9B1CB833E695A80C79AEA63B174B66A70EDFE2FDB8\tban-co-yeu\troot\n\
vgca-tsa-01-2018\tDA00DB89A849FE8B00882707224C6B291BDED54469E1A7532744F96ECAE79D39\tban-co-yeu\ttsa\n\
vgca-tsa-02-2019-expired\t3104341BB311427987644B3E23BA12A37E74127BA35CCB24023FC4C521AA2D7B\tban-co-yeu\ttsa\n\
vgca-tsa-02-2024\tEAE46D68A0B921EC7C82DA11C75466222F4996912E53CAA41EC70672CE954BD6\tban-co-yeu\ttsa\n\
vgca-tsa-bca-01-2020\t894B891BB7AAF19FBF2ABDBC95A0643AE6F1E7B6388E84FCB0EFAFD06A57D2CD\tban-co-yeu\ttsa\n\
vgca-tsa-bca-03-2022\t09B1CC03DC3B3D0F712AB454F4952E43FC46C2CA4B73F3D52CC8DEB5E545198A\tban-co-yeu\ttsa\n\
vgca-tsa-bca-04-2022\t0F14887CC8EF843E29F4783C13E4949E8AC67616E4C55CFCE20326ADEF1FB153\tban-co-yeu\ttsa\n\
vgca-tsa-bca-2025\tB9B2C81C181453B74129990714DCBF95488040676E2AE5E39297418CC4F185A8\tban-co-yeu\ttsa\n\
vnpt-ca-sha2-2024\t7D6BA5245317F9ED5D8BC765A4634D26AC6340D36B9F584DF3B52D9C4A81A306\tneac\tca\n\
vnrca256\tBAC8BF609AB420A8EE1780D74F4DE5C7F7184959D2A7375B0A75E4C29F0908E7\tneac\troot";

/// Columns are found by the names in the first line; lines that start with # are comments.
fn read_table(text: &'static str) -> Vec<KnownAnchor> {
    let mut lines = text.lines().filter(|l| !l.trim().is_empty() && !is_comment(l));
    let Some(header) = lines.next() else { return Vec::new() };
    let header: Vec<String> =
        header.trim_start_matches('#').split('\t').map(|h| h.trim().to_lowercase()).collect();
    let column = |names: &[&str]| header.iter().position(|h| names.contains(&h.as_str()));
    let (name, sha256) = (column(&["name", "file"]), column(&["sha-256", "sha256", "fingerprint"]));
    let (hierarchy, role) = (column(&["hierarchy"]), column(&["role"]));
    let address = column(&["address", "url"]);
    let row = |line: &'static str| {
        let cells: Vec<&'static str> = line.split('\t').map(str::trim).collect();
        let cell = |at: Option<usize>| at.and_then(|i| cells.get(i).copied()).unwrap_or_default();
        KnownAnchor {
            name: cell(name),
            sha256: cell(sha256),
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
