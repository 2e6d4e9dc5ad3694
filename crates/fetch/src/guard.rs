//! Which addresses may be asked on a stranger's word.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::Why;

/// Host name to the address of the day.
pub(crate) type Hosts = BTreeMap<String, SocketAddr>;

/// Parses `url` and holds it against the rules; `named` addresses come from a person.
/// A mapped host gets the port of its mapping.
pub(crate) fn admit(url: &str, hosts: &Hosts, named: bool) -> Result<Url, Why> {
    let mut parsed = Url::parse(url).map_err(|e| Why::Forbidden(e.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(Why::Forbidden(parsed.scheme().to_owned()));
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(Why::Forbidden("user name in the address".to_owned()));
    }
    let host = parsed.host_str().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if host.is_empty() {
        return Err(Why::Forbidden("no host".to_owned()));
    }
    if let Some(mapped) = hosts.get(&host) {
        parsed
            .set_port(Some(mapped.port()))
            .map_err(|()| Why::Forbidden("no port possible".to_owned()))?;
        return Ok(parsed);
    }
    // A literal address is not resolved, so the resolver below would not see it.
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if let Ok(ip) = literal
        && !named
        && !is_public(ip)
    {
        return Err(Why::Forbidden(format!("{ip} is not a public address")));
    }
    Ok(parsed)
}

/// Resolves mapped hosts to their addresses, and others by the system, without the private ones.
pub(crate) struct GuardedResolver {
    pub(crate) hosts: Arc<Hosts>,
    pub(crate) named: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        let mapped = self.hosts.get(&host).copied();
        let named = self.named;
        Box::pin(async move {
            if let Some(address) = mapped {
                return Ok(Box::new(std::iter::once(address)) as Addrs);
            }
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let admitted: Vec<SocketAddr> =
                found.into_iter().filter(|a| named || is_public(a.ip())).collect();
            if admitted.is_empty() {
                return Err(format!("{host} has no public address").into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

/// Not private, loopback, link-local, shared, multicast, documentation or reserved (RFC 6890).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public_v4(v4),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19)))
}

/// Global unicast only, without what wraps a v4 address or documents.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [first, second, ..] = ip.segments();
    (first & 0xe000) == 0x2000
        && first != 0x2002 // 6to4
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_public_addresses_are_asked_on_a_strangers_word() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.20.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "113.160.0.1", "2400:cb00::1"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
    }

    #[test]
    fn addresses_are_held_against_the_rules() {
        let hosts =
            Hosts::from([("pki.lab.invalid".to_owned(), "127.0.0.1:4711".parse().unwrap())]);
        let mapped = admit("http://PKI.lab.invalid/ocsp", &hosts, false).unwrap();
        assert_eq!(mapped.as_str(), "http://pki.lab.invalid:4711/ocsp");
        for bad in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "ldap://example.com/",
            "http://127.1/",
            "http://0x7f000001/",
            "http://[::1]/",
            "http://169.254.169.254/latest",
            "http://user@example.com/",
            "no address",
        ] {
            assert!(admit(bad, &hosts, false).is_err(), "{bad}");
        }
        assert!(admit("http://127.0.0.1:9/tsa", &hosts, true).is_ok());
        assert!(admit("file:///etc/passwd", &hosts, true).is_err());
    }
}
