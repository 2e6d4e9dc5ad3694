//! The report for people: Vietnamese first, English beside, everything that TT 15/2025 Art 6 asks to be shown.

use super::{
    CertificateSummary, Conclusion, Indication, Integrity, LaterChanges, Report, RevocationSummary,
    SignatureReport, TimeSource, TimestampReport,
};
use crate::checks::Outcome;
use jiff::{Timestamp, tz};
use pki::Hierarchy;
use std::fmt::Write;

impl Report {
    /// For a clerk: the answer first, then each signature, then what to know and what is missing.
    pub fn to_text(&self, file: &str) -> String {
        let mut page = String::new();
        self.write(&mut page, file).map(|()| page).unwrap_or_default()
    }

    fn write(&self, page: &mut String, file: &str) -> std::fmt::Result {
        let (vi, en) = self.conclusion.words();
        writeln!(page, "{file}")?;
        writeln!(page, "{} {vi} / {en}", self.conclusion.mark())?;
        let (vi, en) = self.later_changes.words();
        if !self.signatures.is_empty() {
            writeln!(page, "  Sau khi ký / After signing: {vi} / {en}")?;
        }
        writeln!(
            page,
            "  Kiểm tra lúc / Verified at: {}; chính sách / policy: {}",
            local(self.at),
            self.policy
        )?;
        writeln!(page, "  SHA-256: {}", self.sha256)?;
        for check in self.checks.iter().filter(|check| check.result != Outcome::Passed) {
            let (vi, en) = check.words();
            writeln!(page, "  ✗ {vi} / {en}")?;
        }
        for (place, signature) in self.signatures.iter().enumerate() {
            writeln!(page)?;
            signature.write(page, place + 1)?;
        }
        if !self.warnings.is_empty() {
            writeln!(page, "\nLưu ý / Please note:")?;
            for warning in &self.warnings {
                let (vi, en) = warning.words();
                writeln!(page, "  ! {vi}\n    {en}")?;
            }
        }
        if !self.missing.is_empty() {
            writeln!(page, "\nCòn thiếu để kết luận / Missing for a conclusion:")?;
            for missing in &self.missing {
                writeln!(page, "  - {}", missing.words())?;
            }
        }
        Ok(())
    }
}

impl SignatureReport {
    fn write(&self, page: &mut String, number: usize) -> std::fmt::Result {
        let kind = match self.kind {
            pades::SignatureKind::Signature => "Chữ ký / Signature",
            pades::SignatureKind::DocumentTimestamp => {
                "Dấu thời gian tài liệu / Document timestamp"
            }
        };
        let (vi, en) = self.indication.words(self.kind);
        writeln!(page, "{kind} {number}: {}", self.field)?;
        write!(page, "  {} {vi} / {en}", self.indication.mark())?;
        match self.sub_indication {
            Some(sub) => writeln!(page, " [{}]", word(&sub))?,
            None => writeln!(page)?,
        }
        let (vi, en) = self.integrity.words();
        writeln!(page, "  Toàn vẹn / Integrity: {vi} / {en}")?;
        let (vi, en) = self.later_changes.words();
        writeln!(page, "  Sau chữ ký này / After it: {vi} / {en}")?;
        if let Some(certificate) = &self.certificate {
            self.write_certificate(page, certificate)?;
        }
        self.write_times(page)?;
        if let Some(level) = &self.level {
            write!(page, "  Mức / Level: {level}")?;
            for name in [&self.algorithms.digest, &self.algorithms.signature, &self.algorithms.key]
                .into_iter()
                .flatten()
            {
                write!(page, "; {name}")?;
            }
            writeln!(page)?;
        }
        for cover in &self.covers {
            write!(
                page,
                "  Che / Covers: {} (trang / page {})",
                cover.what,
                cover.page.saturating_add(1)
            )?;
            writeln!(
                page,
                "{}",
                cover.text.as_ref().map_or(String::new(), |text| format!(": {text}"))
            )?;
        }
        let tokens = self.timestamps.iter().flat_map(|timestamp| &timestamp.checks);
        for check in
            self.checks.iter().chain(tokens).filter(|check| check.result != Outcome::Passed)
        {
            let (vi, en) = check.words();
            writeln!(page, "  {} {vi}\n    {en}", check.result.mark())?;
        }
        Ok(())
    }

    fn write_certificate(
        &self,
        page: &mut String,
        certificate: &CertificateSummary,
    ) -> std::fmt::Result {
        let who = match self.kind {
            pades::SignatureKind::Signature => "Người ký / Signer",
            pades::SignatureKind::DocumentTimestamp => "Cơ quan cấp dấu thời gian / Authority",
        };
        write!(page, "  {who}: {}", certificate.subject_name)?;
        // An agency's seal carries the agency's name in both places.
        match certificate.organisation.as_ref().filter(|name| **name != certificate.subject_name) {
            Some(organisation) => writeln!(page, ", {organisation}")?,
            None => writeln!(page)?,
        }
        writeln!(page, "  Tổ chức cấp chứng thư / Issuing CA: {}", certificate.issuer_name)?;
        let body = certificate.managing_body.as_deref().unwrap_or(&certificate.issuer_name);
        write!(page, "  Cơ quan quản lý chứng thư / Body managing the certificate: {body}")?;
        writeln!(
            page,
            "{}",
            self.hierarchy
                .map_or(String::new(), |hierarchy| format!(" — {}", hierarchy_words(hierarchy)))
        )?;
        writeln!(
            page,
            "  Thời hạn chứng thư / Certificate validity: {} – {}",
            local(certificate.not_before),
            local(certificate.not_after)
        )?;
        let (vi, en) = self.status.words();
        writeln!(
            page,
            "  Hiệu lực lúc ký / Validity at signing time: {}; {vi} / {en}",
            self.validity_words(certificate)
        )
    }

    fn validity_words(&self, certificate: &CertificateSummary) -> &'static str {
        if self.best_time < certificate.not_before {
            "chứng thư chưa có hiệu lực / the certificate was not valid yet"
        } else if self.best_time > certificate.not_after {
            "chứng thư đã hết hạn / the certificate was expired"
        } else {
            "trong thời hạn / within its period"
        }
    }

    fn write_times(&self, page: &mut String) -> std::fmt::Result {
        if let Some(claimed) = self.claimed_time {
            writeln!(
                page,
                "  Thời điểm ký theo lời khai / Claimed signing time: {}",
                local(claimed)
            )?;
        }
        for timestamp in &self.timestamps {
            timestamp.write(page)?;
        }
        let from = match self.best_time_from {
            TimeSource::Validation => {
                "không có bằng chứng thời gian, xét tại lúc kiểm tra / no proof, time of verification"
            }
            TimeSource::SignatureTimestamp => "dấu thời gian của chữ ký / signature timestamp",
            TimeSource::DocumentTimestamp => "dấu thời gian của tài liệu / document timestamp",
        };
        writeln!(
            page,
            "  Thời điểm dùng để xét / Time that counts: {} ({from})",
            local(self.best_time)
        )
    }
}

impl TimestampReport {
    fn write(&self, page: &mut String) -> std::fmt::Result {
        let time = self.time.map_or_else(|| "?".to_owned(), local);
        let authority =
            self.authority.as_ref().map_or("?", |authority| authority.subject_name.as_str());
        write!(
            page,
            "  Dấu thời gian / Timestamp: {} {time}, {authority}",
            self.indication.mark()
        )?;
        writeln!(
            page,
            "{}",
            self.sub_indication.map_or(String::new(), |sub| format!(" [{}]", word(&sub)))
        )
    }
}

impl super::Missing {
    /// One line, Vietnamese and English.
    pub fn words(&self) -> String {
        match self {
            Self::Issuer { subject, .. } => {
                format!("chứng thư của tổ chức đã cấp / certificate of the issuer of: {subject}")
            }
            Self::Status { subject, .. } => {
                format!(
                    "tình trạng thu hồi (OCSP hoặc CRL) / revocation status (OCSP or CRL) of: {subject}"
                )
            }
        }
    }
}

impl Conclusion {
    /// The words of the pages: Vietnamese, English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::TotalPassed => ("Chữ ký hợp lệ", "Signature valid"),
            Self::Indeterminate => ("Chưa kết luận được", "No conclusion yet"),
            Self::TotalFailed => ("Chữ ký không hợp lệ", "Signature not valid"),
            Self::NoSignature => ("Không có chữ ký số", "No digital signature"),
        }
    }
    fn mark(self) -> &'static str {
        match self {
            Self::TotalPassed => "✓",
            Self::Indeterminate => "?",
            Self::TotalFailed => "✗",
            Self::NoSignature => "–",
        }
    }
}

impl Indication {
    fn words(self, kind: pades::SignatureKind) -> (&'static str, &'static str) {
        use pades::SignatureKind::{DocumentTimestamp, Signature};
        match (self, kind) {
            (Self::TotalPassed, Signature) => ("Chữ ký hợp lệ", "Signature valid"),
            (Self::TotalFailed, Signature) => ("Chữ ký không hợp lệ", "Signature not valid"),
            (Self::TotalPassed, DocumentTimestamp) => ("Dấu thời gian hợp lệ", "Timestamp valid"),
            (Self::TotalFailed, DocumentTimestamp) => {
                ("Dấu thời gian không hợp lệ", "Timestamp not valid")
            }
            (Self::Indeterminate, _) => ("Chưa kết luận được", "No conclusion yet"),
        }
    }
    fn mark(self) -> &'static str {
        match self {
            Self::TotalPassed => "✓",
            Self::Indeterminate => "?",
            Self::TotalFailed => "✗",
        }
    }
}

impl Outcome {
    fn mark(self) -> &'static str {
        match self {
            Self::Passed => "✓",
            Self::Failed => "✗",
            Self::Inconclusive => "?",
            Self::Warning => "!",
        }
    }
}

impl Integrity {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Intact => ("nội dung đã ký còn nguyên vẹn", "the signed content is intact"),
            Self::Broken => (
                "chữ ký hỏng hoặc nội dung đã bị thay đổi",
                "the signature is broken or the content was changed",
            ),
            Self::Unreadable => ("không đọc được chữ ký", "the signature cannot be read"),
        }
    }
}

impl LaterChanges {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::None => ("không có thay đổi", "nothing was changed"),
            Self::Permitted => ("chỉ có thay đổi được phép", "only permitted changes"),
            Self::NotPermitted => ("CÓ THAY ĐỔI KHÔNG ĐƯỢC PHÉP", "CHANGES THAT ARE NOT PERMITTED"),
        }
    }
}

impl RevocationSummary {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Good => ("không bị thu hồi", "not revoked"),
            Self::Revoked => ("ĐÃ BỊ THU HỒI", "REVOKED"),
            Self::RevokedLater => ("bị thu hồi sau khi ký", "revoked after signing"),
            Self::Unknown => {
                ("CHƯA KIỂM TRA ĐƯỢC TÌNH TRẠNG THU HỒI", "REVOCATION STATUS NOT CHECKED")
            }
            Self::NotAsked => ("không cần hoặc không thể hỏi tình trạng", "status not asked"),
        }
    }
}

fn hierarchy_words(hierarchy: Hierarchy) -> &'static str {
    match hierarchy {
        Hierarchy::BanCoYeu => "chuyên dùng công vụ (Ban Cơ yếu) / government hierarchy",
        Hierarchy::Neac => "công cộng (NEAC) / public hierarchy",
        Hierarchy::Other => "gốc tin cậy khác / other anchor",
    }
}

/// `14:05:09 24/11/2026 (GMT+7)`: Asia/Ho_Chi_Minh has had this one offset since 1975, so no zone table is asked.
pub(crate) fn local(time: Timestamp) -> String {
    let zoned = tz::offset(7).to_datetime(time);
    format!(
        "{:02}:{:02}:{:02} {:02}/{:02}/{:04} (GMT+7)",
        zoned.hour(),
        zoned.minute(),
        zoned.second(),
        zoned.day(),
        zoned.month(),
        zoned.year()
    )
}

/// The standard's word, as JSON writes it.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
