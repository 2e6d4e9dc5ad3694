//! Certificate policies (RFC 5280 §6.1.2 to §6.1.6), on a graph with one node per policy and
//! depth instead of a tree, which grows exponentially on hostile paths (CVE-2023-0464).

use super::PolicyInputs;
use crate::certificate::Certificate;
use std::collections::{BTreeMap, BTreeSet};

const ANY_POLICY: &str = "2.5.29.32.0";
/// Policies and mappings of one certificate; real ones have a handful.
const MAX_POLICIES: usize = 256;

/// Nodes of one depth: a policy and the policies of the depth above that it comes from; none
/// means: from anyPolicy.
#[derive(Default)]
struct Level<'a> {
    nodes: BTreeMap<&'a str, BTreeSet<&'a str>>,
    any_policy: bool,
}

impl Level<'_> {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty() && !self.any_policy
    }
}

/// `Err` with the place of the certificate at which processing failed and why.
pub(super) fn process(
    certificates: &[Certificate],
    inputs: &PolicyInputs,
) -> Result<(), (usize, String)> {
    let count = certificates.len().saturating_sub(1); // without the anchor
    if count == 0 {
        return Ok(());
    }
    let start = |zero: bool| if zero { 0 } else { count + 1 };
    let mut explicit_policy = start(inputs.explicit_policy);
    let mut policy_mapping = start(inputs.inhibit_policy_mapping);
    let mut inhibit_any = start(inputs.inhibit_any_policy);
    let mut done: Vec<Level<'_>> = Vec::new();
    let mut level = Level { any_policy: true, ..Level::default() };
    for place in (0..count).rev() {
        let certificate = &certificates[place];
        let extensions = certificate.extensions();
        let many = extensions.policies.as_ref().map_or(0, Vec::len);
        if many.max(extensions.policy_mappings.len()) > MAX_POLICIES {
            return Err((place, "too many certificate policies".into()));
        }
        let self_issued = certificate.is_self_issued();
        let any_allowed = inhibit_any > 0 || (place != 0 && self_issued);
        level = certificate_policies(level, certificate, any_allowed);
        if explicit_policy == 0 && level.is_empty() {
            return Err((place, "a policy is required and none is valid here".into()));
        }
        if place == 0 {
            break;
        }
        let next = policy_mappings(&mut level, certificate, policy_mapping > 0)
            .map_err(|why| (place, why))?;
        done.push(level);
        level = next;
        if !self_issued {
            explicit_policy = explicit_policy.saturating_sub(1);
            policy_mapping = policy_mapping.saturating_sub(1);
            inhibit_any = inhibit_any.saturating_sub(1);
        }
        lower(&mut explicit_policy, extensions.require_explicit_policy);
        lower(&mut policy_mapping, extensions.inhibit_policy_mapping);
        lower(&mut inhibit_any, extensions.inhibit_any_policy);
    }
    done.push(level);
    // §6.1.5 (a), (b)
    explicit_policy = explicit_policy.saturating_sub(1);
    if certificates.first().and_then(|c| c.extensions().require_explicit_policy) == Some(0) {
        explicit_policy = 0;
    }
    if explicit_policy == 0 && !acceptable(&done, &inputs.user_initial_policy_set) {
        return Err((0, "no valid policy is among the acceptable ones".into()));
    }
    Ok(())
}

fn lower(counter: &mut usize, to: Option<u32>) {
    if let Some(to) = to {
        *counter = (*counter).min(to as usize);
    }
}

/// §6.1.3 (d), (e). `level` holds what the depth above expects.
fn certificate_policies<'a>(
    mut level: Level<'a>,
    certificate: &'a Certificate,
    any_allowed: bool,
) -> Level<'a> {
    let Some(policies) = &certificate.extensions().policies else { return Level::default() };
    let stated: BTreeSet<&str> = policies.iter().map(String::as_str).collect();
    let any_here = stated.contains(ANY_POLICY) && any_allowed;
    if !any_here {
        level.nodes.retain(|policy, _| stated.contains(policy));
    }
    if level.any_policy {
        for policy in stated.iter().filter(|p| **p != ANY_POLICY) {
            level.nodes.entry(policy).or_default();
        }
    }
    level.any_policy &= any_here;
    level
}

/// §6.1.4 (a), (b): what the next certificate may state, and from which of ours it then comes.
fn policy_mappings<'a>(
    level: &mut Level<'a>,
    certificate: &'a Certificate,
    mapping_allowed: bool,
) -> Result<Level<'a>, String> {
    let mappings = &certificate.extensions().policy_mappings;
    if mappings.iter().any(|(from, to)| from == ANY_POLICY || to == ANY_POLICY) {
        return Err("anyPolicy is mapped".into());
    }
    let mapped: BTreeSet<&str> = mappings.iter().map(|(from, _)| from.as_str()).collect();
    let mut next = Level { any_policy: level.any_policy, ..Level::default() };
    if !mapping_allowed {
        level.nodes.retain(|policy, _| !mapped.contains(policy));
    } else if level.any_policy {
        for from in &mapped {
            level.nodes.entry(from).or_default();
        }
    }
    for policy in level.nodes.keys().filter(|p| !mapped.contains(**p)) {
        next.nodes.entry(policy).or_default().insert(policy);
    }
    if mapping_allowed {
        for (from, to) in
            mappings.iter().filter(|(from, _)| level.nodes.contains_key(from.as_str()))
        {
            next.nodes.entry(to).or_default().insert(from);
        }
    }
    Ok(next)
}

/// §6.1.5 (g): the valid policies, traced up to where they left anyPolicy, meet the user's set.
fn acceptable(levels: &[Level<'_>], user: &[String]) -> bool {
    let Some(last) = levels.last().filter(|l| !l.is_empty()) else { return false };
    let any_user = user.is_empty() || user.iter().any(|p| p == ANY_POLICY);
    if any_user || last.any_policy {
        return true;
    }
    let mut reached: BTreeSet<&str> = last.nodes.keys().copied().collect();
    for level in levels.iter().rev() {
        let mut above = BTreeSet::new();
        for policy in &reached {
            match level.nodes.get(policy) {
                Some(parents) if !parents.is_empty() => above.extend(parents.iter().copied()),
                Some(_) if user.iter().any(|p| p == policy) => return true,
                _ => {}
            }
        }
        reached = above;
    }
    false
}
