//! `cargo metadata`, as much of it as the checks need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    pub(super) manifest_path: String,
    pub(super) dependencies: Vec<Dependency>,
}

/// A dependency as declared, for every kind, feature and target.
#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    kind: Option<String>,
    pub(super) optional: bool,
    path: Option<String>,
}

impl Dependency {
    /// Built into the library or program itself (not for its tests or its build script).
    pub(super) fn is_normal(&self) -> bool {
        self.kind.is_none()
    }

    pub(super) fn is_of_workspace(&self) -> bool {
        self.path.is_some()
    }
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    kind: Option<String>,
}

impl Metadata {
    pub(super) fn ask(root: &Path) -> Result<Self> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(root)
            .output()
            .context("cargo metadata")?;
        if !output.status.success() {
            bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
        }
        serde_json::from_slice(&output.stdout).context("cargo metadata")
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|p| self.workspace_members.contains(&p.id))
    }

    /// Names of the packages that really build on this one, whatever others declare.
    pub(super) fn users(&self, package: &Package) -> Vec<&str> {
        let uses = |node: &&Node| node.deps.iter().any(|d| d.pkg == package.id);
        let users: BTreeSet<&str> =
            self.resolve.nodes.iter().filter(uses).map(|n| n.id.as_str()).collect();
        let of = |p: &&Package| users.contains(p.id.as_str());
        self.packages.iter().filter(of).map(|p| p.name.as_str()).collect()
    }

    /// Names of all packages that end up in this one's library, itself included, with the features
    /// that the workspace turns on.
    pub(super) fn built_into(&self, package: &Package) -> BTreeSet<&str> {
        let nodes: BTreeMap<&str, &Node> =
            self.resolve.nodes.iter().map(|n| (n.id.as_str(), n)).collect();
        let mut seen = BTreeSet::new();
        let mut to_do = vec![package.id.as_str()];
        while let Some(id) = to_do.pop() {
            if !seen.insert(id) {
                continue;
            }
            let Some(node) = nodes.get(id) else { continue };
            let normal = node.deps.iter().filter(|d| d.dep_kinds.iter().any(|k| k.kind.is_none()));
            to_do.extend(normal.map(|d| d.pkg.as_str()));
        }
        let of = |p: &&Package| seen.contains(p.id.as_str());
        self.packages.iter().filter(of).map(|p| p.name.as_str()).collect()
    }
}
