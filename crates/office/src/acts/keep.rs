//! Keeping what a transition gave: the result and every effect, in the transaction of the act.

use issuance::{
    ActState, ActivationId, Effect, KeyUse, LeafKind, NumberEntry, NumberSource, ProcedureResult,
    Refusal, ResultDoc, ResultId,
};
use serde_json::json;
use store::{ActError, Detail, Event, StoreError, Tx, keys, leaves, registers, results};
use tlog::{Hash, Leaf};

/// Says what this act is about before it is refused, so that the refusal's row says it too.
pub(super) async fn known(tx: &mut Tx<'_>, id: ResultId) -> Result<ProcedureResult, ActError> {
    match results::known(tx, id).await {
        Err(ActError::Refused(refusal)) => {
            tx.record(Detail::of("result", id));
            Err(refusal.into())
        }
        other => other,
    }
}

/// The audit row of a refused transition names the result that it was refused on.
pub(super) fn said<T>(
    tx: &mut Tx<'_>,
    before: &ProcedureResult,
    transition: Result<T, Refusal>,
) -> Result<T, ActError> {
    transition.map_err(|refusal| {
        let hash = before.files.first().map(|file| file.current);
        tx.record(Detail::of("result", before.id).changed(hash, hash));
        refusal.into()
    })
}

/// How the audit row tells of a change.
#[derive(Clone, Debug, Default)]
pub(super) struct Why {
    pub(super) reason: Option<String>,
    pub(super) activation: Option<ActivationId>,
}

impl Why {
    pub(super) fn reason(reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), activation: None }
    }
}

/// A new result.
pub(super) async fn keep_new(
    tx: &mut Tx<'_>,
    result: &ProcedureResult,
    effects: &[Effect],
) -> Result<(), ActError> {
    results::insert(tx, result).await?;
    let after = result.files.first().map(|file| file.current);
    tx.record(Detail::of("result", result.id).changed(None, after));
    follow(tx, result, effects).await
}

/// A changed result: stored if nobody changed it meanwhile.
pub(super) async fn keep(
    tx: &mut Tx<'_>,
    before: &ProcedureResult,
    after: &ProcedureResult,
    effects: &[Effect],
    why: Why,
) -> Result<(), ActError> {
    let hash = |result: &ResultDoc| result.files.first().map(|file| file.current);
    let detail = Detail::of("result", after.id).changed(hash(before), hash(after));
    tx.record(Detail { activation: why.activation, reason: why.reason, ..detail });
    results::update(tx, before.version, after).await?;
    follow(tx, after, effects).await
}

async fn follow(
    tx: &mut Tx<'_>,
    result: &ProcedureResult,
    effects: &[Effect],
) -> Result<(), ActError> {
    for effect in effects {
        match effect {
            Effect::Event(kind) => tx.emit(event(result, kind.as_str())).await?,
            Effect::Leaf(kind) => {
                let leaf = leaf(tx, result, *kind).await?;
                tx.leaf(&leaf, Some(result.id)).await?;
            }
            Effect::NumberTaken { register, number } => {
                registers::update(tx, register).await?;
                let entry = NumberEntry {
                    number: number.clone(),
                    source: NumberSource::System,
                    result: Some(result.id),
                    note: result.submission.title.clone(),
                };
                registers::insert_number(tx, &entry).await?;
            }
            Effect::NumberEntered { register, entry } => {
                registers::update(tx, register).await?;
                registers::insert_number(tx, entry).await?;
            }
            Effect::NumberUsed(number) => registers::update_number(tx, number, None).await?,
            Effect::NumberVoid { number, reason } => {
                registers::update_number(tx, number, Some(reason)).await?;
            }
        }
    }
    Ok(())
}

/// What clients read of a result: states and identifiers, no personal data.
fn event(result: &ProcedureResult, kind: &str) -> Event {
    let submission = &result.submission;
    let data = json!({
        "result": result.id,
        "state": result.state,
        "revision": result.revision,
        "version": result.version,
        "dossiers": submission.dossiers,
        "slips": submission.slips,
        "number": result.number.as_ref().map(|number| &number.text),
        "date": result.number.as_ref().map(|number| number.date),
        "superseded_by": result.superseded_by,
    });
    Event {
        kind: kind.to_owned(),
        agency: result.agency(),
        client: result.client(),
        object: result.id.to_string(),
        data,
    }
}

/// The leaf of a transition: bound to the claims by the code, to the file, to the leaf before.
async fn leaf(
    tx: &mut Tx<'_>,
    result: &ProcedureResult,
    kind: LeafKind,
) -> Result<Leaf, StoreError> {
    let tree_kind = match kind {
        LeafKind::Issue => tlog::LeafKind::Issue,
        LeafKind::Revoke => tlog::LeafKind::Revoke,
        LeafKind::Supersede => tlog::LeafKind::Supersede,
        LeafKind::Suspend => tlog::LeafKind::Suspend,
        LeafKind::Resume => tlog::LeafKind::Resume,
        LeafKind::Copy => tlog::LeafKind::Copy,
        LeafKind::Void => tlog::LeafKind::Void,
    };
    let now = tx.now();
    let mut leaf = Leaf::of_result(tree_kind, result.code.bytes(), &result.claims(kind), now);
    if let Some(file) = result.files.first() {
        leaf = leaf.file(file.current.0);
    }
    if let Some(last) = leaves::of_result(tx, result.id).await?.last() {
        leaf = leaf.prev(Hash(last.hash));
    }
    let sealed = result.acts.iter().rev().find_map(|act| match act.state {
        ActState::Done { key, .. } if act.key == KeyUse::Seal => Some(key),
        _ => None,
    });
    if let Some(key) = sealed
        && let Some(key) = keys::get(tx, key).await?
        && let Some(kid) = key.certificate.0.first_chunk()
    {
        leaf = leaf.kid(*kid);
    }
    Ok(leaf)
}
