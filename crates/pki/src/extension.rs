//! Certificate extensions (RFC 5280 §4.2), parsed once into owned fields. A broken or doubled
//! extension does not stop reading: real certificates have them. It is kept as a fact, and
//! `path::check` refuses the path for it.

use crate::name::Name;
use serde::{Deserialize, Serialize};
use x509_parser::extensions as x509;
use x509_parser::extensions::{DistributionPointName, ParsedExtension, X509Extension};

/// KeyUsage bits (RFC 5280 §4.2.1.3) that are of use here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct KeyUsage {
    pub digital_signature: bool,
    pub non_repudiation: bool,
    pub key_encipherment: bool,
    pub data_encipherment: bool,
    pub key_agreement: bool,
    pub key_cert_sign: bool,
    pub crl_sign: bool,
}

/// BasicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BasicConstraints {
    pub(crate) ca: bool,
    pub(crate) path_len: Option<u32>,
}

/// A GeneralName (RFC 5280 §4.2.1.6) of the forms that name constraints are known for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GeneralName {
    Email(String),
    Dns(String),
    Directory(Name),
    Uri(String),
    Ip(Vec<u8>),
    /// Another form, by the number of its tag.
    Other(u32),
}

/// NameConstraints (RFC 5280 §4.2.1.10).
#[derive(Clone, Debug, Default)]
pub(crate) struct NameConstraints {
    pub(crate) permitted: Vec<GeneralName>,
    pub(crate) excluded: Vec<GeneralName>,
}

#[derive(Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) key_usage: Option<KeyUsage>,
    pub(crate) extended_key_usage: Option<Vec<String>>,
    pub(crate) extended_key_usage_critical: bool,
    pub(crate) subject_key_id: Option<Vec<u8>>,
    pub(crate) authority_key_id: Option<Vec<u8>>,
    pub(crate) ca_issuers_urls: Vec<String>,
    pub(crate) ocsp_urls: Vec<String>,
    pub(crate) crl_urls: Vec<String>,
    /// Every full name of a distribution point, the addresses too: what an IDP is matched with.
    pub(crate) crl_points: Vec<GeneralName>,
    pub(crate) ocsp_nocheck: bool,
    pub(crate) alternative_names: Vec<GeneralName>,
    pub(crate) name_constraints: Option<NameConstraints>,
    pub(crate) policies: Option<Vec<String>>,
    pub(crate) policy_mappings: Vec<(String, String)>,
    pub(crate) require_explicit_policy: Option<u32>,
    pub(crate) inhibit_policy_mapping: Option<u32>,
    pub(crate) inhibit_any_policy: Option<u32>,
    /// Critical ones that nobody here processes.
    pub(crate) unknown_critical: Vec<String>,
    /// Known ones that do not parse, and any that comes twice.
    pub(crate) malformed: Vec<String>,
}

const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
const OCSP: &str = "1.3.6.1.5.5.7.48.1";
const OCSP_NOCHECK: &str = "1.3.6.1.5.5.7.48.1.5";

impl Extensions {
    pub(crate) fn read(extensions: &[X509Extension<'_>]) -> Self {
        let mut out = Self::default();
        let mut seen = Vec::with_capacity(extensions.len());
        for extension in extensions {
            let oid = extension.oid.to_id_string();
            if seen.contains(&oid) {
                out.malformed.push(format!("extension {oid} twice"));
                continue;
            }
            out.take(extension, &oid);
            seen.push(oid);
        }
        out
    }

    fn take(&mut self, extension: &X509Extension<'_>, oid: &str) {
        match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(b) => {
                self.basic_constraints =
                    Some(BasicConstraints { ca: b.ca, path_len: b.path_len_constraint });
            }
            ParsedExtension::KeyUsage(k) => self.key_usage = Some(key_usage(k)),
            ParsedExtension::ExtendedKeyUsage(_) => match eku(extension.value) {
                Some(list) => {
                    self.extended_key_usage = Some(list);
                    self.extended_key_usage_critical = extension.critical;
                }
                None => self.malformed.push("extendedKeyUsage".into()),
            },
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|k| k.0.to_vec());
            }
            ParsedExtension::AuthorityInfoAccess(aia) => self.take_aia(aia),
            ParsedExtension::CRLDistributionPoints(points) => {
                for point in &points.points {
                    if let Some(DistributionPointName::FullName(names)) = &point.distribution_point
                    {
                        self.crl_urls.extend(names.iter().filter_map(uri));
                        self.crl_points.extend(names.iter().map(general_name));
                    }
                }
            }
            ParsedExtension::SubjectAlternativeName(san) => {
                self.alternative_names = san.general_names.iter().map(general_name).collect();
            }
            ParsedExtension::NameConstraints(n) => {
                let read = |list: &Option<Vec<x509::GeneralSubtree<'_>>>| {
                    list.iter().flatten().map(|s| general_name(&s.base)).collect()
                };
                self.name_constraints = Some(NameConstraints {
                    permitted: read(&n.permitted_subtrees),
                    excluded: read(&n.excluded_subtrees),
                });
            }
            ParsedExtension::CertificatePolicies(list) => {
                self.policies = Some(list.iter().map(|p| p.policy_id.to_id_string()).collect());
            }
            ParsedExtension::PolicyMappings(m) => {
                let pair = |m: &x509::PolicyMapping<'_>| {
                    (m.issuer_domain_policy.to_id_string(), m.subject_domain_policy.to_id_string())
                };
                self.policy_mappings = m.mappings.iter().map(pair).collect();
            }
            ParsedExtension::PolicyConstraints(p) => {
                self.require_explicit_policy = p.require_explicit_policy;
                self.inhibit_policy_mapping = p.inhibit_policy_mapping;
            }
            ParsedExtension::InhibitAnyPolicy(i) => self.inhibit_any_policy = Some(i.skip_certs),
            // Says nothing that a path depends on.
            ParsedExtension::IssuerAlternativeName(_) => {}
            // Ones that a path depends on are listed above; a broken one is refused even where it
            // is not critical, since it may have been meant to forbid something.
            ParsedExtension::ParseError { .. } => {
                self.malformed.push(format!("extension {oid} does not parse"));
            }
            _ if oid == OCSP_NOCHECK => self.ocsp_nocheck = true,
            _ if extension.critical => self.unknown_critical.push(oid.into()),
            _ => {}
        }
    }

    fn take_aia(&mut self, aia: &x509::AuthorityInfoAccess<'_>) {
        for description in &aia.accessdescs {
            let Some(url) = uri(&description.access_location) else { continue };
            match description.access_method.to_id_string().as_str() {
                CA_ISSUERS => self.ca_issuers_urls.push(url),
                OCSP => self.ocsp_urls.push(url),
                _ => {}
            }
        }
    }
}

fn key_usage(k: &x509::KeyUsage) -> KeyUsage {
    KeyUsage {
        digital_signature: k.digital_signature(),
        non_repudiation: k.non_repudiation(),
        key_encipherment: k.key_encipherment(),
        data_encipherment: k.data_encipherment(),
        key_agreement: k.key_agreement(),
        key_cert_sign: k.key_cert_sign(),
        crl_sign: k.crl_sign(),
    }
}

/// x509-parser sorts usages into flags; we keep the OIDs and their order.
fn eku(value: &[u8]) -> Option<Vec<String>> {
    use der::Decode;
    let list = Vec::<der::asn1::ObjectIdentifier>::from_der(value).ok()?;
    Some(list.iter().map(ToString::to_string).collect())
}

fn uri(name: &x509::GeneralName<'_>) -> Option<String> {
    match name {
        x509::GeneralName::URI(uri) => Some(uri.to_string()),
        _ => None,
    }
}

pub(crate) fn general_name(name: &x509::GeneralName<'_>) -> GeneralName {
    use x509::GeneralName as G;
    match name {
        G::RFC822Name(text) => GeneralName::Email(text.to_string()),
        G::DNSName(text) => GeneralName::Dns(text.to_string()),
        G::DirectoryName(name) => GeneralName::Directory(Name::from_parsed(name)),
        G::URI(text) => GeneralName::Uri(text.to_string()),
        G::IPAddress(bytes) => GeneralName::Ip(bytes.to_vec()),
        G::OtherName(..) => GeneralName::Other(0),
        G::X400Address(_) => GeneralName::Other(3),
        G::EDIPartyName(_) => GeneralName::Other(5),
        G::RegisteredID(_) => GeneralName::Other(8),
        G::Invalid(tag, _) => GeneralName::Other(tag.0),
    }
}
