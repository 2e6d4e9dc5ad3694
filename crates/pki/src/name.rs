//! Distinguished names: compared as RFC 5280 §7.1 says, shown so that they cannot lie.

use crate::error::Error;
use std::hash::{Hash, Hasher};
use unicode_normalization::UnicodeNormalization;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

/// A distinguished name: received DER, its text, and the form in which it is compared.
///
/// Equality is RFC 5280 §7.1: same attributes in the same order of RDNs, character strings alike
/// after NFKC, folding of case and of white space, whatever string type carries them.
#[derive(Clone, Debug)]
pub struct Name {
    der: Vec<u8>,
    rdns: Vec<Rdn>,
}

#[derive(Clone, Debug)]
struct Rdn {
    attributes: Vec<Attribute>,
    /// What is compared.
    key: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Attribute {
    oid: String,
    value: String,
    /// Escaped for people.
    shown: String,
}

const COMMON_NAME: &str = "2.5.4.3";
const COUNTRY: &str = "2.5.4.6";
const ORGANISATION: &str = "2.5.4.10";
pub(crate) const EMAIL_ADDRESS: &str = "1.2.840.113549.1.9.1";

const SHORT_NAMES: [(&str, &str); 17] = [
    (COMMON_NAME, "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    (COUNTRY, "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    (ORGANISATION, "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.20", "telephoneNumber"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    (EMAIL_ADDRESS, "emailAddress"),
];

impl Name {
    /// Reads one Name (RFC 5280 §4.1.2.4), nothing after it.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (rest, name) = X509Name::from_der(der).map_err(|e| Error::malformed("Name", 0, e))?;
        if !rest.is_empty() {
            return Err(Error::malformed("Name", der.len() - rest.len(), "bytes after it"));
        }
        Ok(Self::from_parsed(&name))
    }

    pub(crate) fn from_parsed(name: &X509Name<'_>) -> Self {
        let rdns = name.iter_rdn().map(|rdn| {
            let mut attributes = Vec::new();
            let mut keys = Vec::new();
            for attribute in rdn.iter() {
                let oid = attribute.attr_type().to_id_string();
                let any = attribute.attr_value();
                let text = decode_string(any.tag().0, any.data);
                let mut key = Vec::new();
                put(&mut key, oid.as_bytes());
                match &text {
                    Some(text) => put(&mut key, normalise(text).as_bytes()),
                    None => {
                        key.push(0xFF);
                        key.extend(any.tag().0.to_be_bytes());
                        put(&mut key, any.data);
                    }
                }
                keys.push(key);
                let (value, shown) = match text {
                    Some(text) => (text.clone(), escape(&text)),
                    None => (hex(any.data), hex(any.data)),
                };
                attributes.push(Attribute { oid, value, shown });
            }
            keys.sort(); // SET OF: no order
            Rdn { attributes, key: keys.concat() }
        });
        Self { rdns: rdns.collect(), der: name.as_raw().to_vec() }
    }

    /// As received.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// No attribute at all.
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// RFC 4514-like "CN=…, O=…, C=VN" in reading order, UTF-8. Control and direction-changing
    /// characters are escaped as hexadecimal pairs, so that a name cannot be shown as another.
    pub fn text(&self) -> String {
        let texts = self.rdns.iter().map(|rdn| {
            let parts: Vec<String> = rdn
                .attributes
                .iter()
                .map(|a| format!("{}={}", short_name(&a.oid), a.shown))
                .collect();
            parts.join("+")
        });
        let mut texts: Vec<String> = texts.collect();
        // RFC 4514 turns the order round (country first becomes last); some CAs write it that way
        // already.
        let country_last =
            self.rdns.last().is_some_and(|rdn| rdn.attributes.iter().any(|a| a.oid == COUNTRY));
        if !country_last || self.rdns.len() == 1 {
            texts.reverse();
        }
        texts.join(", ")
    }

    /// The most specific commonName.
    pub fn common_name(&self) -> Option<String> {
        self.values(COMMON_NAME).pop()
    }

    /// organizationName.
    pub fn organisation(&self) -> Option<String> {
        self.values(ORGANISATION).pop()
    }

    /// All values of one attribute type (dotted OID), e.g. UID 0.9.2342.19200300.100.1.1, as
    /// received (not escaped).
    pub fn values(&self, oid: &str) -> Vec<String> {
        let attributes = self.rdns.iter().flat_map(|rdn| &rdn.attributes);
        attributes.filter(|a| a.oid == oid).map(|a| a.value.clone()).collect()
    }

    /// `self` lies in the subtree of `base`: base's RDNs are the first of `self` (RFC 5280
    /// §4.2.1.10, directoryName).
    pub(crate) fn is_within(&self, base: &Name) -> bool {
        base.rdns.len() <= self.rdns.len()
            && base.rdns.iter().zip(&self.rdns).all(|(a, b)| a.key == b.key)
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der || (self.rdns.len() == other.rdns.len() && self.is_within(other))
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rdns.len().hash(state);
        self.rdns.iter().for_each(|rdn| rdn.key.hash(state));
    }
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u64).to_be_bytes());
    out.extend(bytes);
}

fn short_name(oid: &str) -> &str {
    SHORT_NAMES.iter().find(|row| row.0 == oid).map_or(oid, |row| row.1)
}

fn decode_string(tag: u32, data: &[u8]) -> Option<String> {
    match tag {
        12 => String::from_utf8(data.to_vec()).ok(),
        // NumericString, PrintableString, IA5String, VisibleString; TeletexString holds Latin-1
        // in every certificate seen (RFC 5280 appendix B).
        18 | 19 | 20 | 22 | 26 => Some(data.iter().map(|b| char::from(*b)).collect()),
        28 => {
            let units = data.chunks(4).map(|c| <[u8; 4]>::try_from(c).ok().map(u32::from_be_bytes));
            units.map(|u| u.and_then(char::from_u32)).collect()
        }
        30 => {
            let units = data.chunks(2).map(|c| <[u8; 2]>::try_from(c).ok().map(u16::from_be_bytes));
            String::from_utf16(&units.collect::<Option<Vec<u16>>>()?).ok()
        }
        _ => None,
    }
}

/// NFKC, lower case, white space trimmed and folded (RFC 5280 §7.1, RFC 4518 in short).
fn normalise(text: &str) -> String {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let last = value.chars().count().saturating_sub(1);
    for (place, c) in value.chars().enumerate() {
        match c {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => out.extend(['\\', c]),
            '#' if place == 0 => out.push_str("\\#"),
            ' ' if place == 0 || place == last => out.push_str("\\ "),
            _ if c.is_control() || is_invisible(c) => {
                let mut bytes = [0; 4];
                for b in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("\\{b:02X}"));
                }
            }
            _ => out.push(c),
        }
    }
    out
}

/// Characters that change the direction or hide: they would let a name be shown as another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::from("#"), |s, b| s + &format!("{b:02X}"))
}
