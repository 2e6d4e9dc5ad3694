//! The loop that fetches what a judgement misses.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pki::{Certificate, Crl, OcspResponse};
use validation::{Evidence, Missing};

use crate::client::Client;
use crate::error::{FetchError, What, Why};

/// One address that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What was wanted of whom.
    pub subject: String,
    /// What.
    pub what: What,
    /// Where.
    pub url: String,
    /// `None`: an answer came.
    pub error: Option<FetchError>,
}

/// Fetches what `judge` misses, adds it to the evidence and judges again, until nothing is missing,
/// nothing new comes, or the rounds are used up. OCSP is asked before CRLs, since it is smaller.
///
/// `nonce` gives fresh random bytes for an OCSP request. Gives what `judge` said last.
pub async fn complete<J>(
    client: &Client,
    evidence: &mut Evidence,
    asked: &mut Vec<Asked>,
    nonce: &mut dyn FnMut() -> Option<[u8; 16]>,
    mut judge: impl FnMut(&Evidence) -> (J, Vec<Missing>),
) -> J {
    let (mut judgement, mut missing) = judge(evidence);
    // How far each certificate's question has got: by its place in the list of addresses.
    let mut progress: HashMap<(String, &'static str), usize> = HashMap::new();
    for _ in 0..client.config().rounds {
        if missing.is_empty() {
            break;
        }
        let mut came = false;
        for want in &missing {
            came |= fetch_one(client, want, evidence, asked, nonce, &mut progress).await;
        }
        if !came {
            break;
        }
        (judgement, missing) = judge(evidence);
    }
    judgement
}

/// Goes on through the addresses of one question until an answer came. True if one did.
async fn fetch_one(
    client: &Client,
    want: &Missing,
    evidence: &mut Evidence,
    asked: &mut Vec<Asked>,
    nonce: &mut dyn FnMut() -> Option<[u8; 16]>,
    progress: &mut HashMap<(String, &'static str), usize>,
) -> bool {
    let (key, subject, questions) = match want {
        Missing::Issuer { subject, certificate_sha256, urls } => {
            let questions: Vec<_> = urls.iter().map(|url| (What::Issuer, url)).collect();
            ((certificate_sha256.clone(), "issuer"), subject, questions)
        }
        Missing::Status { subject, certificate_sha256, ocsp_urls, crl_urls, .. } => {
            let ocsp = ocsp_urls.iter().map(|url| (What::Ocsp, url));
            let crl = crl_urls.iter().map(|url| (What::Crl, url));
            ((certificate_sha256.clone(), "status"), subject, ocsp.chain(crl).collect())
        }
    };
    let next = progress.entry(key).or_insert(0);
    while let Some((what, url)) = questions.get(*next) {
        *next += 1;
        let had_it = asked.iter().any(|a| a.what == *what && a.url == **url && *what == What::Crl);
        if had_it {
            // The same list serves several certificates; asking again brings nothing new.
            continue;
        }
        let result = match (what, want) {
            (What::Ocsp, Missing::Status { certificate, issuer, .. }) => {
                ocsp(client, url, certificate, issuer, nonce(), evidence).await
            }
            (What::Crl, _) => crl(client, url, evidence).await,
            _ => issuer(client, url, evidence).await,
        };
        let error = result.err();
        let came = error.is_none();
        asked.push(Asked { subject: subject.clone(), what: *what, url: (*url).clone(), error });
        if came {
            return true;
        }
    }
    false
}

async fn ocsp(
    client: &Client,
    url: &str,
    certificate: &str,
    issuer: &str,
    nonce: Option<[u8; 16]>,
    evidence: &mut Evidence,
) -> Result<(), FetchError> {
    let unreadable = |why: String| FetchError {
        what: What::Ocsp,
        url: url.to_owned(),
        why: Why::Unreadable(why),
    };
    let parse = |base64: &str| {
        let der = STANDARD.decode(base64).map_err(|e| unreadable(e.to_string()))?;
        Certificate::from_der(&der).map_err(|e| unreadable(e.to_string()))
    };
    let nonce = nonce.as_ref().map(<[u8; 16]>::as_slice);
    let request = pki::ocsp_request(&parse(certificate)?, &parse(issuer)?, nonce);
    let answer = client.post(What::Ocsp, url, "application/ocsp-request", request, false).await?;
    let response = OcspResponse::from_der(&answer).map_err(|e| unreadable(e.to_string()))?;
    // RFC 6960, 4.4.1: a nonce that comes back must be ours; a responder may leave it out.
    let answered = response.nonce();
    if answered.is_some() && nonce.is_some() && answered != nonce {
        let why = Why::Lied("another nonce".to_owned());
        return Err(FetchError { what: What::Ocsp, url: url.to_owned(), why });
    }
    evidence.ocsp.push(response);
    Ok(())
}

async fn crl(client: &Client, url: &str, evidence: &mut Evidence) -> Result<(), FetchError> {
    let answer = client.get(What::Crl, url).await?;
    let crl = Crl::from_bytes(&answer).map_err(|e| FetchError {
        what: What::Crl,
        url: url.to_owned(),
        why: Why::Unreadable(e.to_string()),
    })?;
    evidence.crls.push(crl);
    Ok(())
}

/// A certificate in DER or PEM, or a PKCS#7 bundle of them (RFC 5280, 4.2.2.1).
async fn issuer(client: &Client, url: &str, evidence: &mut Evidence) -> Result<(), FetchError> {
    let answer = client.get(What::Issuer, url).await?;
    let mut found = match Certificate::from_der(&answer) {
        Ok(one) => vec![one],
        Err(_) => Certificate::from_pem(&answer).unwrap_or_default(),
    };
    if found.is_empty()
        && let Ok(bundle) = cades::read(&answer, &cades::Limits::default())
    {
        found = bundle.parsed_certificates();
    }
    found.retain(|c| !evidence.certificates.contains(c));
    if found.is_empty() {
        return Err(FetchError {
            what: What::Issuer,
            url: url.to_owned(),
            why: Why::Unreadable("no certificate".to_owned()),
        });
    }
    evidence.certificates.append(&mut found);
    Ok(())
}
