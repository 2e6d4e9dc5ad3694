//! Who is at the other end, and whether a secret may pass this way.

use std::net::{IpAddr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::config::Config;
use crate::problem::Problem;

/// The caller's address as far as it can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// The browser sees https: by our TLS, or by a named proxy's.
    pub(crate) https: bool,
    /// Nobody listens on the way: https, or the same machine.
    pub(crate) private: bool,
}

impl Peer {
    /// From the socket, and what a named proxy adds.
    pub(crate) fn of(socket: SocketAddr, headers: &HeaderMap, config: &Config) -> Peer {
        let near = socket.ip().to_canonical();
        let tls = config.tls.is_some();
        let proxies = |address: &IpAddr| config.proxies.contains(address);
        let forwarded =
            headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
        if !proxies(&near) {
            // A proxy on this machine that nobody named: what is behind it is not the same machine.
            let private = tls || (near.is_loopback() && !forwarded);
            return Peer { address: near, https: tls, private };
        }
        // Each proxy appends: the last address that is not one of ours is the caller.
        let named = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok());
        let named: Vec<IpAddr> = named
            .flat_map(|list| list.split(','))
            .filter_map(|address| address.trim().parse::<IpAddr>().ok())
            .map(|address| address.to_canonical())
            .collect();
        let address = named.iter().rev().find(|address| !proxies(address)).copied();
        let proto = headers.get_all("x-forwarded-proto").iter().next_back();
        let https = proto.and_then(|v| v.to_str().ok()).is_some_and(|v| v.trim() == "https");
        Peer { address: address.unwrap_or(near), https, private: https }
    }

    /// Passwords and PINs only where nobody listens.
    pub(crate) fn must_be_private(&self) -> Result<(), Problem> {
        if self.private {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not_private",
            "Mật khẩu và mã PIN chỉ được gửi qua HTTPS. Hãy mở trang bằng https://, hoặc khai báo máy chủ trung gian trong cấu hình.",
            "Passwords and PINs pass only over HTTPS. Open the page by https://, or name the proxy in the configuration.",
        ))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Peer>().copied().ok_or_else(Problem::internal)
    }
}
