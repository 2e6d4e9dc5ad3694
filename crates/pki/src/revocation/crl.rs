//! What one CRL says about one certificate (RFC 5280 §6.3.3, complete direct CRLs).

use super::{Finding, Question, Times, crl_source, timely};
use crate::crl::{Crl, Scope};
use crate::extension::GeneralName;

impl Question<'_> {
    pub(super) fn ask_crl(&self, crl: &Crl, times: Times) -> Result<Finding, String> {
        if crl.issuer() != self.issuer.subject() {
            return Err("it is of another issuer".into());
        }
        if let Some(why) = crl.unusable() {
            return Err(why.into());
        }
        self.in_scope(crl.scope())?;
        if self.issuer.key_usage().is_some_and(|usage| !usage.crl_sign) {
            return Err("the issuer's key usage does not permit signing CRLs".into());
        }
        crl.verify_signed_by(self.issuer)
            .map_err(|e| format!("its signature is not the issuer's: {e}"))?;
        let revoked = crl.entry(self.certificate.serial());
        let keeps = crl.scope().keeps_expired_since;
        let (this_update, next_update) = (crl.this_update(), crl.next_update());
        timely(self.certificate, this_update, next_update, keeps, revoked.is_some(), times)?;
        Ok(Finding { source: crl_source(crl), this_update, next_update, revoked })
    }

    /// §6.3.3 (b) (2).
    fn in_scope(&self, scope: &Scope) -> Result<(), String> {
        if scope.only_user && self.certificate.is_ca() {
            return Err("it covers end-entity certificates only".into());
        }
        if scope.only_ca && !self.certificate.is_ca() {
            return Err("it covers CA certificates only".into());
        }
        let Some(point) = &scope.point else { return Ok(()) };
        let asked = &self.certificate.extensions().crl_points;
        // Without distribution points the issuer's name stands for one (§6.3.3, last paragraph).
        let named = match asked.is_empty() {
            true => point.contains(&GeneralName::Directory(self.issuer.subject().clone())),
            false => point.iter().any(|name| asked.contains(name)),
        };
        match named {
            true => Ok(()),
            false => Err("it is of a distribution point that the certificate does not name".into()),
        }
    }
}
