//! What one OCSP response says about one certificate (RFC 6960 §3.2, §4.2.2).

use super::{Finding, MAX_DELEGATION, Question, Status, Times, ocsp_source, timely};
use crate::certificate::Certificate;
use crate::ocsp::{OcspResponse, SingleStatus};
use jiff::Timestamp;

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";

impl Question<'_> {
    pub(super) fn ask_ocsp(
        &self,
        response: &OcspResponse,
        times: Times,
    ) -> Result<Finding, String> {
        if let Some(why) = response.unusable() {
            return Err(why);
        }
        let singles = response.singles_of(self.certificate, self.issuer);
        let Some(single) = singles.iter().max_by_key(|s| s.this_update) else {
            return Err("it is not about this certificate".into());
        };
        if let Some(why) = &single.unusable {
            return Err(why.clone());
        }
        let revoked = match single.status {
            SingleStatus::Good => None,
            SingleStatus::Revoked { at, reason } => Some((at, reason)),
            SingleStatus::Unknown => {
                return Err("the responder does not know the certificate".into());
            }
        };
        let (this_update, next_update) = (single.this_update, single.next_update);
        let keeps = single.archive_cutoff;
        timely(self.certificate, this_update, next_update, keeps, revoked.is_some(), times)?;
        let produced_at = response.produced_at().unwrap_or(Timestamp::MAX);
        if produced_at > times.latest_date() {
            return Err(format!("it was produced at {produced_at}, after the time of validation"));
        }
        self.signed_by_right_one(response, produced_at, times)?;
        Ok(Finding { source: ocsp_source(response), this_update, next_update, revoked })
    }

    /// §4.2.2.2: the issuer itself, or a responder that the issuer certified for it.
    fn signed_by_right_one(
        &self,
        response: &OcspResponse,
        produced_at: Timestamp,
        times: Times,
    ) -> Result<(), String> {
        let mut why = None;
        if response.names(self.issuer) {
            match response.verify_signed_by(self.issuer) {
                Ok(_) => return Ok(()),
                Err(e) => why = Some(format!("its signature is not the issuer's: {e}")),
            }
        }
        for candidate in response.certificates().iter().chain(self.pool) {
            if candidate == self.issuer || !response.names(candidate) {
                continue;
            }
            match self.delegated(response, candidate, produced_at, times) {
                Ok(()) => return Ok(()),
                Err(e) => why = Some(e),
            }
        }
        Err(why.unwrap_or_else(|| "the responder's certificate is not at hand".into()))
    }

    fn delegated(
        &self,
        response: &OcspResponse,
        responder: &Certificate,
        produced_at: Timestamp,
        times: Times,
    ) -> Result<(), String> {
        let says = responder.extended_key_usage().unwrap_or_default();
        if !says.iter().any(|oid| oid == OCSP_SIGNING) {
            return Err("the responder's certificate is not for signing OCSP".into());
        }
        let usage = responder.key_usage();
        if usage.is_some_and(|u| !u.digital_signature && !u.non_repudiation) {
            return Err("the responder's key usage does not permit signing".into());
        }
        if responder.issuer() != self.issuer.subject() {
            return Err("the responder was not certified by the certificate's issuer".into());
        }
        let extensions = responder.extensions();
        if !extensions.unknown_critical.is_empty() || !extensions.malformed.is_empty() {
            return Err(
                "the responder's certificate has an extension that is not understood".into()
            );
        }
        if produced_at < responder.not_before() || produced_at > responder.not_after() {
            return Err("the responder's certificate was not valid when it answered".into());
        }
        response
            .verify_signed_by(responder)
            .map_err(|e| format!("its signature is not the responder's: {e}"))?;
        responder
            .verify_signed_by(self.issuer)
            .map_err(|e| format!("the responder's certificate is not the issuer's: {e}"))?;
        self.responder_status(responder, produced_at, times)
    }

    /// §4.2.2.2.1: nocheck, or a status that is known.
    fn responder_status(
        &self,
        responder: &Certificate,
        produced_at: Timestamp,
        times: Times,
    ) -> Result<(), String> {
        if responder.has_ocsp_nocheck() {
            return Ok(());
        }
        if self.delegation >= MAX_DELEGATION {
            return Err("the responder's own status leads to yet another responder".into());
        }
        let question =
            Question { certificate: responder, delegation: self.delegation + 1, ..*self };
        let then = Times { at: produced_at, ..times };
        match question.ask(then) {
            Status::Good { .. } => Ok(()),
            Status::Revoked { at, .. } if at > produced_at => Ok(()),
            Status::Revoked { .. } => Err("the responder's certificate is revoked".into()),
            Status::Unknown { .. } => {
                Err("the responder has no nocheck and its own status is unknown".into())
            }
        }
    }
}
