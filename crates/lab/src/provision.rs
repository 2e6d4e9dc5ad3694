//! Makes tokens, keys and certificate objects inside SoftHSM2. This is the one place that changes tokens; the
//! product's `token` crate cannot.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, CertificateType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;

use crate::asn1::{self, id};
use crate::spec::KeySpec;

pub(crate) struct Provisioner {
    context: Pkcs11,
}

/// A token opened for writing.
pub(crate) struct Writer {
    session: Session,
}

/// A key pair that was just made.
pub(crate) struct Pair {
    private: ObjectHandle,
    pub(crate) id: Vec<u8>,
    /// SubjectPublicKeyInfo, DER.
    pub(crate) public_key_info: Vec<u8>,
}

impl Provisioner {
    pub(crate) fn open(module: &Path) -> Result<Provisioner> {
        let context =
            Pkcs11::new(module).with_context(|| format!("loading {}", module.display()))?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                Ok(Provisioner { context })
            }
            Err(e) => Err(e).context("starting SoftHSM2: is SOFTHSM2_CONF readable?"),
        }
    }

    /// Initialises the free slot that SoftHSM always offers, and sets the user PIN. The security officer's PIN is
    /// random and forgotten: a lab token is never unlocked, it is made again.
    pub(crate) fn new_token(&self, label: &str, pin: &str, so_pin: &str) -> Result<Writer> {
        let mut free = None;
        for slot in self.context.get_slots_with_token()? {
            let info = self.context.get_token_info(slot)?;
            ensure!(
                !info.token_initialized() || info.label() != label,
                "a token {label} exists already"
            );
            if !info.token_initialized() {
                free = Some(slot);
            }
        }
        let slot = free.context("SoftHSM2 offers no free slot")?;
        let so_pin = AuthPin::from(so_pin.to_owned());
        let pin = AuthPin::from(pin.to_owned());
        self.context.init_token(slot, &so_pin, label)?;
        let session = self.context.open_rw_session(slot)?;
        session.login(UserType::So, Some(&so_pin))?;
        session.init_pin(&pin)?;
        session.logout()?;
        session.login(UserType::User, Some(&pin))?;
        Ok(Writer { session })
    }
}

impl Writer {
    /// Generates a pair on the token, the private key sensitive and not extractable.
    pub(crate) fn generate(&self, label: &str, id: &[u8], kind: KeySpec) -> Result<Pair> {
        let named = || {
            vec![Attribute::Label(label.into()), Attribute::Id(id.into()), Attribute::Token(true)]
        };
        let mut public = named();
        public.extend([Attribute::Private(false), Attribute::Verify(true)]);
        let mut private = named();
        private.extend([
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
        ]);
        let mechanism = match kind {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 => {
                let bits: std::ffi::c_ulong = if kind == KeySpec::Rsa2048 { 2048 } else { 3072 };
                public.push(Attribute::ModulusBits(bits.into()));
                public.push(Attribute::PublicExponent(vec![1, 0, 1]));
                Mechanism::RsaPkcsKeyPairGen
            }
            KeySpec::P256 => {
                public.push(Attribute::EcParams(asn1::oid(&id::P256)));
                Mechanism::EccKeyPairGen
            }
        };
        let (public, private) = self.session.generate_key_pair(&mechanism, &public, &private)?;
        let public_key_info = match kind {
            KeySpec::Rsa2048 | KeySpec::Rsa3072 => self.rsa_public_key_info(public)?,
            KeySpec::P256 => self.ec_public_key_info(public)?,
        };
        Ok(Pair { private, id: id.to_vec(), public_key_info })
    }

    /// RSA PKCS#1 v1.5 with SHA-256 over `bytes`, in the token: how the authorities sign certificates.
    pub(crate) fn sign(&self, pair: &Pair, bytes: &[u8]) -> Result<Vec<u8>> {
        Ok(self.session.sign(&Mechanism::Sha256RsaPkcs, pair.private, bytes)?)
    }

    /// Stores a certificate beside the key with this label and id.
    pub(crate) fn store(&self, label: &str, id: &[u8], der: &[u8]) -> Result<()> {
        let parts = asn1::certificate_parts(der)?;
        self.session.create_object(&[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label(label.into()),
            Attribute::Id(id.into()),
            Attribute::Subject(parts.subject.into()),
            Attribute::Issuer(parts.issuer.into()),
            Attribute::SerialNumber(parts.serial.into()),
            Attribute::Value(der.into()),
        ])?;
        Ok(())
    }

    fn rsa_public_key_info(&self, key: ObjectHandle) -> Result<Vec<u8>> {
        let wanted = [AttributeType::Modulus, AttributeType::PublicExponent];
        let attributes = self.session.get_attributes(key, &wanted)?;
        let [Attribute::Modulus(modulus), Attribute::PublicExponent(exponent)] =
            attributes.as_slice()
        else {
            bail!("the token does not tell modulus and exponent");
        };
        let key = asn1::seq(&[asn1::unsigned(modulus), asn1::unsigned(exponent)]);
        let algorithm = asn1::seq(&[asn1::oid(&id::RSA_ENCRYPTION), asn1::null()]);
        Ok(asn1::seq(&[algorithm, asn1::bits(&key)]))
    }

    fn ec_public_key_info(&self, key: ObjectHandle) -> Result<Vec<u8>> {
        let attributes = self.session.get_attributes(key, &[AttributeType::EcPoint])?;
        let [Attribute::EcPoint(point)] = attributes.as_slice() else {
            bail!("the token does not tell the point")
        };
        let algorithm = asn1::seq(&[asn1::oid(&id::EC_PUBLIC_KEY), asn1::oid(&id::P256)]);
        // CKA_EC_POINT is an OCTET STRING around the point.
        Ok(asn1::seq(&[algorithm, asn1::bits(asn1::content_of(0x04, point)?)]))
    }
}
