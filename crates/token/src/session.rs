use std::fmt;

use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session as RawSession;
use cryptoki::slot::Slot;

use crate::error::TokenError;
use crate::key::{self, Key, KeyKind};
use crate::module::{Module, TokenInfo};
use crate::scheme::{self, Plan, Scheme};

/// An open session, logged in (unless opened as public). It can move between threads but serves one at a time;
/// dropping it closes it, and the last one of a token logs out.
pub struct Session {
    raw: RawSession,
    module: Module,
    slot: Slot,
    token: TokenInfo,
    mechanisms: Vec<MechanismType>,
}

pub(crate) fn new(
    module: Module,
    slot: Slot,
    token: TokenInfo,
    raw: RawSession,
    mechanisms: Vec<MechanismType>,
) -> Session {
    Session { raw, module, slot, token, mechanisms }
}

impl Session {
    /// The token as it described itself when the session was opened.
    pub fn token(&self) -> &TokenInfo {
        &self.token
    }

    /// A further session under the same login, without a PIN: for a second thread. It lives on its own, and keys
    /// found by one session serve the other.
    pub fn sibling(&self) -> Result<Session, TokenError> {
        self.module.sibling(self.slot, &self.token)
    }

    /// The private key with this label, else with this `CKA_ID` in hexadecimal.
    pub fn key(&self, label_or_id: &str) -> Result<Key, TokenError> {
        let mut keys = self.keys()?;
        let chosen = |k: &Key| k.label == label_or_id;
        let wanted: Box<dyn Fn(&Key) -> bool> = match keys.iter().any(chosen) {
            true => Box::new(chosen),
            false => Box::new(|k: &Key| k.has_id(label_or_id)),
        };
        let seen = keys.iter().map(ToString::to_string).collect();
        keys.retain(|k| wanted(k));
        match keys.pop() {
            None => Err(TokenError::KeyNotFound { label: label_or_id.to_owned(), seen }),
            Some(key) if keys.is_empty() => Ok(key),
            Some(key) => {
                keys.push(key);
                let ids = keys.iter().map(Key::id_hex).collect();
                Err(TokenError::KeyAmbiguous { label: label_or_id.to_owned(), ids })
            }
        }
    }

    /// Every private key that the session sees.
    pub fn keys(&self) -> Result<Vec<Key>, TokenError> {
        let handles = self.raw.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])?;
        handles.into_iter().map(|handle| self.describe(handle)).collect()
    }

    /// The X.509 certificates on the token, DER as stored.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>, TokenError> {
        Ok(self.stored_certificates()?.into_iter().map(|c| c.der).collect())
    }

    /// The certificate beside `key`: the same `CKA_ID` (else the same label), and containing the key's public part
    /// where the token tells it. `None` if there is none; two of them (a renewed one) are
    /// [`TokenError::CertificateAmbiguous`], since choosing is the person's.
    pub fn certificate_for(&self, key: &Key) -> Result<Option<Vec<u8>>, TokenError> {
        let all = self.stored_certificates()?;
        let same_id = |c: &&StoredCertificate| !key.id.is_empty() && c.id == key.id;
        let same_label = |c: &&StoredCertificate| !key.label.is_empty() && c.label == key.label;
        let mut beside: Vec<_> = all.iter().filter(same_id).collect();
        if beside.is_empty() {
            beside = all.iter().filter(same_label).collect();
        }
        if let Some(public) = &key.public_part {
            beside.retain(|c| contains(&c.der, public));
        }
        beside.sort_by(|a, b| a.der.cmp(&b.der));
        beside.dedup_by(|a, b| a.der == b.der);
        match beside.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.der.clone())),
            many => {
                Err(TokenError::CertificateAmbiguous { key: key.label.clone(), count: many.len() })
            }
        }
    }

    /// The certificate with this label, else with this `CKA_ID` in hexadecimal: seen without login, where a private
    /// key is not. The same rule for two of them as [`Session::certificate_for`].
    pub fn certificate_named(&self, label_or_id: &str) -> Result<Option<Vec<u8>>, TokenError> {
        let all = self.stored_certificates()?;
        let mut named: Vec<_> = all.iter().filter(|c| c.label == label_or_id).collect();
        if named.is_empty() {
            named = all.iter().filter(|c| key::is_id(&c.id, label_or_id)).collect();
        }
        named.sort_by(|a, b| a.der.cmp(&b.der));
        named.dedup_by(|a, b| a.der == b.der);
        match named.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.der.clone())),
            many => Err(TokenError::CertificateAmbiguous {
                key: label_or_id.to_owned(),
                count: many.len(),
            }),
        }
    }

    /// Signs by Ed25519 (RFC 8032, without context or pre-hash): 64 bytes.
    pub fn sign_ed25519(&self, key: &Key, to_be_signed: &[u8]) -> Result<Vec<u8>, TokenError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519));
        Ok(self.raw.sign(&mechanism, key.handle, to_be_signed)?)
    }

    /// The public key of an Ed25519 key; `None` where the token does not tell it.
    pub fn ed25519_public(&self, key: &Key) -> Option<[u8; 32]> {
        let point = key.public_part.as_deref().filter(|_| key.kind == KeyKind::Ed25519)?;
        point.try_into().ok()
    }

    /// What `key` can make here: PSS before PKCS#1, shorter digests first. Empty for a key that cannot sign.
    pub fn schemes(&self, key: &Key) -> Vec<Scheme> {
        Scheme::all().filter(|s| self.plan(key, *s).is_some()).collect()
    }

    /// Signs `to_be_signed` (the bytes, not their digest): one signature operation on the token, no lookups.
    /// RSA values are big-endian as long as the modulus; ECDSA values are DER.
    pub fn sign(
        &self,
        key: &Key,
        scheme: Scheme,
        to_be_signed: &[u8],
    ) -> Result<Vec<u8>, TokenError> {
        let not_offered = || TokenError::MechanismNotOffered { scheme };
        let plan = self.plan(key, scheme).ok_or_else(not_offered)?;
        if key.always_authenticate {
            // Place for the context login: sign_init, login(ContextSpecific), sign_update, sign_final, with a PIN
            // that the caller asks for every signature.
            return Err(TokenError::ContextLoginNeeded { key: key.label.clone() });
        }
        let value = self
            .raw
            .sign(&plan.mechanism(), key.handle, &plan.input(to_be_signed))
            .map_err(|e| match e {
                Error::Pkcs11(RvError::MechanismInvalid | RvError::MechanismParamInvalid, _) => {
                    not_offered()
                }
                other => other.into(),
            })?;
        let Scheme::Ecdsa(_) = scheme else { return Ok(value) };
        scheme::ecdsa_value_to_der(&value).ok_or_else(|| TokenError::Other {
            function: "C_Sign".to_owned(),
            rv: format!("an ECDSA value of {} bytes", value.len()),
        })
    }

    pub(crate) fn raw(&self) -> &RawSession {
        &self.raw
    }

    fn describe(&self, handle: ObjectHandle) -> Result<Key, TokenError> {
        let mut key = Key {
            handle,
            allowed: None,
            public_part: None,
            label: String::new(),
            id: Vec::new(),
            kind: KeyKind::Other,
            always_authenticate: false,
        };
        let wanted = [AttributeType::Label, AttributeType::Id, AttributeType::KeyType];
        for attribute in self.raw.get_attributes(handle, &wanted)? {
            match attribute {
                Attribute::Label(label) => key.label = text(&label),
                Attribute::Id(id) => key.id = id,
                Attribute::KeyType(KeyType::RSA) => key.kind = KeyKind::Rsa { bits: 0 },
                Attribute::KeyType(KeyType::EC) => key.kind = KeyKind::Ec,
                Attribute::KeyType(KeyType::EC_EDWARDS) => key.kind = KeyKind::Ed25519,
                _ => {}
            }
        }
        // One by one: some tokens answer a template with one unknown attribute with an error for all.
        let one =
            |kind| self.raw.get_attributes(handle, &[kind]).ok().and_then(|mut found| found.pop());
        if let Some(Attribute::AlwaysAuthenticate(always)) = one(AttributeType::AlwaysAuthenticate)
        {
            key.always_authenticate = always;
        }
        if let Some(Attribute::AllowedMechanisms(allowed)) = one(AttributeType::AllowedMechanisms) {
            // An empty list is how some modules say "no restriction" (SoftHSM does).
            key.allowed = (!allowed.is_empty()).then_some(allowed);
        }
        match key.kind {
            KeyKind::Rsa { .. } => {
                if let Some(Attribute::Modulus(modulus)) = one(AttributeType::Modulus) {
                    let modulus: Vec<u8> = modulus.into_iter().skip_while(|b| *b == 0).collect();
                    key.kind = KeyKind::Rsa { bits: bit_length(&modulus) };
                    key.public_part = (!modulus.is_empty()).then_some(modulus);
                }
            }
            KeyKind::Ec | KeyKind::Ed25519 => key.public_part = self.ec_point(&key.id),
            KeyKind::Other => {}
        }
        Ok(key)
    }

    /// The point of the public key with the same id. Stored as an OCTET STRING by the standard, bare by some.
    fn ec_point(&self, id: &[u8]) -> Option<Vec<u8>> {
        let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Id(id.to_vec())];
        let public = *self.raw.find_objects(&template).ok()?.first()?;
        let attributes = self.raw.get_attributes(public, &[AttributeType::EcPoint]).ok()?;
        let Some(Attribute::EcPoint(stored)) = attributes.into_iter().next() else { return None };
        match stored.as_slice() {
            [0x04, length, point @ ..] if usize::from(*length) == point.len() => {
                Some(point.to_vec())
            }
            [0x04, 0x81, length, point @ ..] if usize::from(*length) == point.len() => {
                Some(point.to_vec())
            }
            _ => Some(stored),
        }
    }

    fn stored_certificates(&self) -> Result<Vec<StoredCertificate>, TokenError> {
        let template = [
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
        ];
        let wanted = [AttributeType::Value, AttributeType::Id, AttributeType::Label];
        let mut certificates = Vec::new();
        for handle in self.raw.find_objects(&template)? {
            let mut certificate = StoredCertificate::default();
            for attribute in self.raw.get_attributes(handle, &wanted)? {
                match attribute {
                    Attribute::Value(der) => certificate.der = der,
                    Attribute::Id(id) => certificate.id = id,
                    Attribute::Label(label) => certificate.label = text(&label),
                    _ => {}
                }
            }
            if !certificate.der.is_empty() {
                certificates.push(certificate);
            }
        }
        Ok(certificates)
    }

    fn plan(&self, key: &Key, scheme: Scheme) -> Option<Plan> {
        let fits = match scheme {
            Scheme::RsaPss(_) | Scheme::RsaPkcs1(_) => matches!(key.kind, KeyKind::Rsa { .. }),
            Scheme::Ecdsa(_) => key.kind == KeyKind::Ec,
        };
        if !fits {
            return None;
        }
        let Some(allowed) = &key.allowed else { return scheme.plan(&self.mechanisms) };
        let both: Vec<_> =
            allowed.iter().filter(|m| self.mechanisms.contains(m)).copied().collect();
        scheme.plan(&both)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("token", &self.token.label).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct StoredCertificate {
    der: Vec<u8>,
    id: Vec<u8>,
    label: String,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_end_matches(['\0', ' ']).to_owned()
}

fn bit_length(big_endian: &[u8]) -> usize {
    let Some(first) = big_endian.first() else { return 0 };
    big_endian.len() * 8 - first.leading_zeros() as usize
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}
