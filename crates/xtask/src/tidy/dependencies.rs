//! Who may depend on whom, what the pure crates must never contain, and the banned crates.

use super::metadata::{Metadata, Package};
use super::{Bans, Findings};

/// A room, whether it is pure, and the rooms that it may be built on: arrows point down only.
struct Room {
    name: &'static str,
    pure: bool,
    on: &'static [&'static str],
}

const fn pure(name: &'static str, on: &'static [&'static str]) -> Room {
    Room { name, pure: true, on }
}

const fn edge(name: &'static str, on: &'static [&'static str]) -> Room {
    Room { name, pure: false, on }
}

/// Every library: what the command, the tasks and the end-to-end tests may use.
const LIBRARIES: &[&str] = &[
    "pki",
    "cades",
    "pdf",
    "pades",
    "page",
    "stamp",
    "validation",
    "signing",
    "token",
    "fetch",
    "issuance",
    "tlog",
    "store",
    "signer",
    "office",
    "server",
    "lab",
];

const ROOMS: &[Room] = &[
    pure("pki", &[]),
    pure("pdf", &[]),
    pure("page", &[]),
    pure("stamp", &["page"]),
    pure("cades", &["pki"]),
    pure("pades", &["pdf", "pki"]),
    pure("validation", &["pki", "cades", "pdf", "pades", "page"]),
    pure("signing", &["pki", "cades", "pdf", "pades", "page", "stamp", "validation"]),
    edge("token", &["pki"]),
    edge("fetch", &["pki", "cades", "validation"]),
    pure("issuance", &[]),
    pure("tlog", &[]),
    edge("store", &["issuance", "tlog"]),
    edge(
        "signer",
        &[
            "pki",
            "cades",
            "pdf",
            "pades",
            "page",
            "stamp",
            "validation",
            "signing",
            "token",
            "fetch",
            "tlog",
        ],
    ),
    edge(
        "office",
        &[
            "issuance",
            "tlog",
            "store",
            "signer",
            "pki",
            "cades",
            "pdf",
            "pades",
            "page",
            "stamp",
            "validation",
            "signing",
            "fetch",
        ],
    ),
    edge("server", &["office", "issuance", "store", "tlog", "validation"]),
    edge("lab", &["pki", "cades", "pdf", "pades", "page", "stamp", "token"]),
    edge("antin", LIBRARIES),
    edge("xtask", LIBRARIES),
    edge("e2e", LIBRARIES),
    edge("p11-fault-shim", &[]),
];

/// An event loop or a socket anywhere below makes a crate impure, however it got there.
const NEVER_BELOW_PURE: &[&str] =
    &["async-std", "hyper", "mio", "reqwest", "socket2", "sqlx", "tokio", "ureq"];

/// Randomness is an argument. Only direct use is refused: hayro and others bring hashers' seeds.
const NEVER_BESIDE_PURE: &[&str] = &["fastrand", "getrandom", "rand", "rand_chacha", "rand_core"];

const ONLY_PKI: &[&str] = &["openssl", "openssl-sys", "foreign-types"];

pub(super) fn check(metadata: &Metadata, bans: &Bans, findings: &mut Findings) {
    for package in metadata.members() {
        match ROOMS.iter().find(|r| r.name == package.name) {
            Some(room) => check_room(room, package, metadata, findings),
            None => findings.error(format!(
                "{}: a crate that the table of rooms (xtask tidy, docs/ARCHITECTURE.md) does not know",
                package.name
            )),
        }
    }
    for package in &metadata.packages {
        if let Some(ban) = bans.deny.iter().find(|b| b.name == package.name) {
            let by = metadata.users(package);
            if by.iter().all(|user| ban.wrappers.iter().any(|w| w == user)) {
                continue;
            }
            findings.error(format!(
                "{} {} is banned: {} (wanted by {})",
                package.name,
                package.version,
                ban.reason,
                by.join(", ")
            ));
        }
    }
}

fn check_room(room: &Room, package: &Package, metadata: &Metadata, findings: &mut Findings) {
    for dependency in &package.dependencies {
        let name = dependency.name.as_str();
        if name == "antin" {
            findings.error(format!("{} depends on antin: nothing does", room.name));
        }
        if !dependency.is_normal() {
            continue; // tests may reach for the lab and for any room
        }
        if dependency.is_of_workspace() && !room.on.contains(&name) {
            findings.error(format!("{} must not be built on {name}: arrows point down", room.name));
        }
        if room.name == "antin" && name == "lab" && !dependency.optional {
            findings.error(
                "antin reaches lab without its feature `demo`: make the dependency optional",
            );
        }
        if room.name != "pki" && ONLY_PKI.contains(&name) {
            findings.error(format!("{} uses {name}: only pki does", room.name));
        }
        if room.pure && NEVER_BESIDE_PURE.contains(&name) {
            findings
                .error(format!("{} is pure and uses {name}: entropy is an argument", room.name));
        }
    }
    if room.pure {
        let below = metadata.built_into(package);
        for name in NEVER_BELOW_PURE.iter().filter(|n| below.contains(**n)) {
            findings.error(format!("{} is pure and {name} is built into it", room.name));
        }
    }
}
