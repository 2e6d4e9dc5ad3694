//! Received certificates and status answers. Nothing in here is trusted; everything in here can be kept and
//! judged again (TT 15/2025 Art 6: certificate, CRL and status result are stored with the message).

use base64::{Engine, engine::general_purpose::STANDARD};
use pki::{Certificate, Crl, OcspResponse};
use serde::{Deserialize, Serialize};

/// Name of the JSON form.
const SCHEMA: &str = "antin.evidence/1";

/// Received certificates and status answers; everything used can be kept and judged again.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// For paths, never for trust.
    pub certificates: Vec<Certificate>,
    /// CRLs, whoever sent them.
    pub crls: Vec<Crl>,
    /// OCSP responses, whoever sent them.
    pub ocsp: Vec<OcspResponse>,
}

/// An evidence file that cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("evidence file: {0}")]
pub struct EvidenceError(pub String);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: String,
    #[serde(default)]
    certificates: Vec<String>,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    ocsp: Vec<String>,
}

impl Evidence {
    /// Stable JSON (base64 DER, sorted), "antin.evidence/1".
    pub fn to_json(&self) -> String {
        let wire = Wire {
            schema: SCHEMA.into(),
            certificates: encode(self.certificates.iter().map(Certificate::der)),
            crls: encode(self.crls.iter().map(Crl::der)),
            ocsp: encode(self.ocsp.iter().map(OcspResponse::der)),
        };
        serde_json::to_string_pretty(&wire).unwrap_or_default()
    }

    /// Reads what [`Evidence::to_json`] writes. Refuses another schema, unknown keys and bytes that do not parse.
    pub fn from_json(text: &str) -> Result<Self, EvidenceError> {
        let wire: Wire =
            serde_json::from_str(text).map_err(|error| EvidenceError(error.to_string()))?;
        if wire.schema != SCHEMA {
            return Err(EvidenceError(format!("schema {:?}, wanted {SCHEMA:?}", wire.schema)));
        }
        Ok(Self {
            certificates: decode(&wire.certificates, Certificate::from_der)?,
            crls: decode(&wire.crls, Crl::from_bytes)?,
            ocsp: decode(&wire.ocsp, OcspResponse::from_der)?,
        })
    }

    /// Adds what is not there yet.
    pub fn merge(&mut self, other: Evidence) {
        for certificate in other.certificates {
            if !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
        for crl in other.crls {
            if !self.crls.iter().any(|known| known.der() == crl.der()) {
                self.crls.push(crl);
            }
        }
        for response in other.ocsp {
            if !self.ocsp.iter().any(|known| known.der() == response.der()) {
                self.ocsp.push(response);
            }
        }
    }

    /// Only what `report` looked at: enough to judge again and get the same report.
    pub fn used_by(&self, report: &crate::Report) -> Evidence {
        let used = |der: &[u8]| {
            report.evidence_used.contains(&crate::hex(&pki::DigestAlgorithm::Sha256.digest(der)))
        };
        Evidence {
            certificates: self
                .certificates
                .iter()
                .filter(|certificate| used(certificate.der()))
                .cloned()
                .collect(),
            crls: self.crls.iter().filter(|crl| used(crl.der())).cloned().collect(),
            ocsp: self.ocsp.iter().filter(|response| used(response.der())).cloned().collect(),
        }
    }
}

fn encode<'a>(ders: impl Iterator<Item = &'a [u8]>) -> Vec<String> {
    let mut texts: Vec<String> = ders.map(|der| STANDARD.encode(der)).collect();
    texts.sort();
    texts.dedup();
    texts
}

fn decode<T>(
    texts: &[String],
    parse: impl Fn(&[u8]) -> Result<T, pki::Error>,
) -> Result<Vec<T>, EvidenceError> {
    let mut parsed = Vec::with_capacity(texts.len());
    for text in texts {
        let der = STANDARD.decode(text).map_err(|error| EvidenceError(error.to_string()))?;
        parsed.push(parse(&der).map_err(|error| EvidenceError(error.to_string()))?);
    }
    Ok(parsed)
}
