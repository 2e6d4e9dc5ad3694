//! Name constraints (RFC 5280 §4.2.1.10, §6.1.3 (b) and (c)).

use crate::certificate::Certificate;
use crate::extension::{GeneralName, NameConstraints};
use crate::name::{EMAIL_ADDRESS, Name};

/// Comparisons of one certificate's names with all constraints: a bound against paths made to
/// burn time (names × subtrees).
const MAX_COMPARISONS: usize = 100_000;

/// Constraints gathered from the anchor down. Permitted subtrees of different CAs all have to be
/// met (intersection); excluded ones add up.
#[derive(Default)]
pub(super) struct Constraints<'a> {
    sets: Vec<&'a NameConstraints>,
}

impl<'a> Constraints<'a> {
    pub(super) fn take(&mut self, ca: &'a Certificate) {
        self.sets.extend(&ca.extensions().name_constraints);
    }

    /// Every name of the certificate is inside; says which one is not.
    pub(super) fn allow(&self, certificate: &Certificate) -> Result<(), String> {
        if self.sets.is_empty() {
            return Ok(());
        }
        let names = names_of(certificate);
        let subtrees: usize = self.sets.iter().map(|s| s.permitted.len() + s.excluded.len()).sum();
        if names.len().saturating_mul(subtrees) > MAX_COMPARISONS {
            return Err("too many names and constraints to compare".into());
        }
        for name in &names {
            for set in &self.sets {
                allowed(name, set)?;
            }
        }
        Ok(())
    }
}

/// Subject (when not empty), alternative names, and e-mail addresses in the subject of a
/// certificate without alternative e-mail names.
fn names_of(certificate: &Certificate) -> Vec<GeneralName> {
    let mut names = certificate.extensions().alternative_names.clone();
    if !names.iter().any(|n| matches!(n, GeneralName::Email(_))) {
        let addresses = certificate.subject().values(EMAIL_ADDRESS);
        names.extend(addresses.into_iter().map(GeneralName::Email));
    }
    if !certificate.subject().is_empty() {
        names.push(GeneralName::Directory(certificate.subject().clone()));
    }
    names
}

fn allowed(name: &GeneralName, set: &NameConstraints) -> Result<(), String> {
    let mut same_form = set.permitted.iter().filter(|base| form(base) == form(name)).peekable();
    if same_form.peek().is_some() {
        let mut inside = false;
        for base in same_form {
            inside |= matches(name, base)?;
        }
        if !inside {
            return Err(format!("{} is outside the permitted names", show(name)));
        }
    }
    for base in set.excluded.iter().filter(|base| form(base) == form(name)) {
        if matches(name, base)? {
            return Err(format!("{} is among the excluded names", show(name)));
        }
    }
    Ok(())
}

fn form(name: &GeneralName) -> u32 {
    match name {
        GeneralName::Email(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::Directory(_) => 4,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
        GeneralName::Other(tag) => *tag,
    }
}

fn show(name: &GeneralName) -> String {
    match name {
        GeneralName::Email(text) => format!("e-mail {text:?}"),
        GeneralName::Dns(text) => format!("host {text:?}"),
        GeneralName::Directory(name) => format!("name {}", Name::text(name)),
        GeneralName::Uri(text) => format!("address {text:?}"),
        GeneralName::Ip(bytes) => format!("IP address {bytes:?}"),
        GeneralName::Other(tag) => format!("name of form {tag}"),
    }
}

/// `Err` when the two cannot be compared: then nothing may pass.
fn matches(name: &GeneralName, base: &GeneralName) -> Result<bool, String> {
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => Ok(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => Ok(host_within(name, base)),
        (GeneralName::Email(name), GeneralName::Email(base)) => email_within(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri_within(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => ip_within(name, base),
        _ => Err(format!("{} meets a constraint of a form not known here", show(name))),
    }
}

/// dNSName: the host itself or any number of labels to its left.
fn host_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    let base = base.strip_prefix('.').unwrap_or(&base);
    base.is_empty() || host == base || host.ends_with(&format!(".{base}"))
}

/// rfc822Name: a mailbox, a host, or (with a leading dot) everything below a domain.
fn email_within(address: &str, base: &str) -> Result<bool, String> {
    let Some((local, host)) = address.rsplit_once('@') else {
        return Err(format!("{address:?} is no e-mail address"));
    };
    if let Some((base_local, base_host)) = base.rsplit_once('@') {
        return Ok(local == base_local && host.eq_ignore_ascii_case(base_host));
    }
    Ok(domain_within(host, base))
}

/// uniformResourceIdentifier: its host part, as for rfc822Name.
fn uri_within(uri: &str, base: &str) -> Result<bool, String> {
    let no_host = || format!("{uri:?} has no host name");
    let (_, after) = uri.split_once("://").ok_or_else(no_host)?;
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host_port.starts_with('[') {
        true => return Err(no_host()), // an IPv6 address
        false => host_port.split(':').next().unwrap_or_default(),
    };
    if host.is_empty() || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Err(no_host());
    }
    Ok(domain_within(host, base))
}

fn domain_within(host: &str, base: &str) -> bool {
    let (host, base) = (host.to_ascii_lowercase(), base.to_ascii_lowercase());
    match base.starts_with('.') {
        true => host.ends_with(&base) && host.len() > base.len(),
        false => base.is_empty() || host == base,
    }
}

/// iPAddress: address and mask, 4 + 4 or 16 + 16 bytes.
fn ip_within(address: &[u8], base: &[u8]) -> Result<bool, String> {
    let odd = || format!("IP constraint of {} bytes for {} bytes", base.len(), address.len());
    if !matches!((address.len(), base.len()), (4 | 16, 8 | 32)) {
        return Err(odd());
    }
    let (network, mask) = base.split_at(base.len() / 2);
    if network.len() != address.len() {
        return Ok(false);
    }
    let masked = address.iter().zip(mask).map(|(a, m)| a & m);
    Ok(masked.eq(network.iter().zip(mask).map(|(n, m)| n & m)))
}
