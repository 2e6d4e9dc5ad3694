//! Validation context initialisation (EN 319 102-1 §5.2.4): what one `judge` looks things up in. Everything that
//! came with the file or from outside is a candidate, nothing in here is trusted but the anchors.

use crate::evidence::Evidence;
use crate::facts::{CmsFacts, Facts};
use crate::policy::Policy;
use crate::report::Missing;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use pki::revocation::{Answers, Source, Status};
use pki::{Certificate, Crl, OcspResponse, TrustStore};
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

pub(crate) struct Context<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) trust: &'a TrustStore,
    pub(crate) policy: &'a Policy,
    pub(crate) at: Timestamp,
    /// Evidence and DSS; a signature adds what its own CMS carries.
    common: Vec<Certificate>,
    crls: Vec<Crl>,
    ocsp: Vec<OcspResponse>,
    /// SHA-256 (hexadecimal) of the answers that lie in the file's DSS.
    dss_answers: BTreeSet<String>,
    parsed: RefCell<HashMap<&'a [u8], Option<Certificate>>>,
    statuses: RefCell<HashMap<StatusKey, Status>>,
    used: RefCell<BTreeSet<String>>,
    missing: RefCell<Vec<Missing>>,
}

/// Certificate, issuer, instant.
type StatusKey = ([u8; 32], [u8; 32], Timestamp);

impl<'a> Context<'a> {
    pub(crate) fn new(
        facts: &'a Facts,
        evidence: &'a Evidence,
        trust: &'a TrustStore,
        policy: &'a Policy,
        at: Timestamp,
    ) -> Self {
        let mut context = Self {
            facts,
            trust,
            policy,
            at,
            common: evidence.certificates.clone(),
            crls: evidence.crls.clone(),
            ocsp: evidence.ocsp.clone(),
            dss_answers: BTreeSet::new(),
            parsed: RefCell::default(),
            statuses: RefCell::default(),
            used: RefCell::default(),
            missing: RefCell::default(),
        };
        // What is known already is not parsed again, and keeps its parsed key and verified issuer.
        let anchors = trust.anchors.iter().map(|anchor| &anchor.certificate);
        let known = evidence.certificates.iter().chain(anchors);
        context.parsed = RefCell::new(known.map(|one| (one.der(), Some(one.clone()))).collect());
        if let Some(dss) = &facts.pdf.dss {
            context.common.extend(context.parse(&dss.certificates));
            context.add_crls(&dss.crls, true);
            context.add_ocsp(&dss.ocsp, true);
        }
        for cms in &facts.cms {
            context.add_answers_of(cms);
        }
        context
    }

    /// CRLs and OCSP responses that a CMS, its archived revocation information or its timestamps carry.
    fn add_answers_of(&mut self, cms: &'a CmsFacts) {
        let tokens = cms.timestamps.iter().flatten().map(|token| &token.signed_data);
        for data in cms.signed_data.iter().chain(tokens) {
            self.add_crls(&data.crls, false);
            for signer in &data.signers {
                self.add_crls(&signer.archived_crls, false);
                self.add_ocsp(&signer.archived_ocsp, false);
            }
        }
    }

    fn add_crls(&mut self, ders: &[Vec<u8>], dss: bool) {
        for der in ders {
            if self.crls.iter().any(|known| known.der() == der.as_slice()) {
                self.note_dss(der, dss);
            } else if let Ok(crl) = Crl::from_bytes(der) {
                self.note_dss(der, dss);
                self.crls.push(crl);
            }
        }
    }

    fn add_ocsp(&mut self, ders: &[Vec<u8>], dss: bool) {
        for der in ders {
            if self.ocsp.iter().any(|known| known.der() == der.as_slice()) {
                self.note_dss(der, dss);
            } else if let Ok(response) = OcspResponse::from_der(der) {
                self.note_dss(der, dss);
                self.ocsp.push(response);
            }
        }
    }

    fn note_dss(&mut self, der: &[u8], dss: bool) {
        if dss {
            self.dss_answers.insert(crate::hex(&pki::DigestAlgorithm::Sha256.digest(der)));
        }
    }

    /// Certificates among received bytes; each is parsed once for the whole of one `judge`.
    pub(crate) fn parse(&self, ders: &'a [Vec<u8>]) -> Vec<Certificate> {
        let mut parsed = self.parsed.borrow_mut();
        let one = |der: &'a Vec<u8>| {
            parsed.entry(der).or_insert_with(|| Certificate::from_der(der).ok()).clone()
        };
        ders.iter().filter_map(one).collect()
    }

    /// `own` first, then what evidence and DSS give, without repetition.
    pub(crate) fn pool(&self, own: &[Certificate]) -> Vec<Certificate> {
        let mut pool = own.to_vec();
        for certificate in &self.common {
            if !pool.contains(certificate) {
                pool.push(certificate.clone());
            }
        }
        pool
    }

    /// Status of a certificate at `when`; what was looked at is noted as used.
    pub(crate) fn status(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        pool: &[Certificate],
        when: Timestamp,
    ) -> Status {
        let key = (certificate.sha256(), issuer.sha256(), when);
        if let Some(known) = self.statuses.borrow().get(&key) {
            return known.clone();
        }
        let answers = Answers { crls: &self.crls, ocsp: &self.ocsp };
        let status = pki::revocation::status(certificate, issuer, pool, &answers, when, self.at);
        match &status {
            Status::Good { source, .. } | Status::Revoked { source, .. } => self.use_source(source),
            Status::Unknown { tried } => {
                tried.iter().for_each(|unusable| self.use_source(&unusable.source))
            }
        }
        // A responder's certificate may have come apart from its answer.
        pool.iter().filter(|one| is_responder(one)).for_each(|one| self.use_certificate(one));
        self.statuses.borrow_mut().insert(key, status.clone());
        status
    }

    fn use_source(&self, source: &Source) {
        let (Source::Crl { sha256 } | Source::Ocsp { sha256 }) = source;
        self.used.borrow_mut().insert(sha256.to_ascii_lowercase());
    }

    pub(crate) fn use_certificate(&self, certificate: &Certificate) {
        self.used.borrow_mut().insert(crate::hex(&certificate.sha256()));
    }

    /// Does the file's own DSS hold the answer that a status came from?
    pub(crate) fn in_dss(&self, source: &Source) -> bool {
        let (Source::Crl { sha256 } | Source::Ocsp { sha256 }) = source;
        self.dss_answers.contains(&sha256.to_ascii_lowercase())
    }

    pub(crate) fn miss_status(&self, certificate: &Certificate, issuer: &Certificate) {
        self.miss(Missing::Status {
            subject: certificate.subject().text(),
            certificate_sha256: crate::hex(&certificate.sha256()),
            ocsp_urls: certificate.ocsp_urls().to_vec(),
            crl_urls: certificate.crl_urls().to_vec(),
            certificate: STANDARD.encode(certificate.der()),
            issuer: STANDARD.encode(issuer.der()),
        });
    }

    /// The last certificate up the chain whose issuer nobody has; nothing when the chain ends in a foreign root.
    pub(crate) fn miss_issuer(&self, leaf: &Certificate, pool: &[Certificate]) {
        let mut last = leaf;
        for _ in 0..8 {
            if last.is_self_signed() {
                return;
            }
            let anchors = self.trust.anchors.iter().map(|anchor| &anchor.certificate);
            match pool.iter().chain(anchors).find(|candidate| candidate.subject() == last.issuer())
            {
                Some(issuer) => {
                    self.use_certificate(issuer);
                    last = issuer;
                }
                None => break,
            }
        }
        self.miss(Missing::Issuer {
            subject: last.subject().text(),
            certificate_sha256: crate::hex(&last.sha256()),
            urls: last.ca_issuers_urls().to_vec(),
        });
    }

    fn miss(&self, missing: Missing) {
        let mut all = self.missing.borrow_mut();
        if !all.contains(&missing) {
            all.push(missing);
        }
    }

    pub(crate) fn finish(self) -> (Vec<Missing>, Vec<String>) {
        (self.missing.into_inner(), self.used.into_inner().into_iter().collect())
    }
}

fn is_responder(certificate: &Certificate) -> bool {
    const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
    certificate
        .extended_key_usage()
        .is_some_and(|usages| usages.iter().any(|one| one == OCSP_SIGNING))
}
