//! What waits for a position, a registry or a receiving place.

use issuance::{AgencyId, PositionId, ProcedureResult, State};

use crate::doc::{self, places};
use crate::value::Value;
use crate::{StoreError, Tx};

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Page {
    pub limit: u32,
    pub offset: u32,
}

/// Of these positions (a deputy's and the ones it stands in for), most urgent first: what waits for
/// initials, approval or a signature.
///
/// # Errors
/// The database does not answer.
pub async fn of_positions(
    tx: &mut Tx<'_>,
    positions: &[PositionId],
    page: Page,
) -> Result<Vec<ProcedureResult>, StoreError> {
    let waits = [State::Submitted, State::Approved];
    list(tx, "position", positions.iter().copied().map(Value::from).collect(), &waits, page).await
}

/// Of these agencies, in these states: the registry's inbox (signed, numbered, sealed, accepted),
/// the case officer's (returned), …
///
/// # Errors
/// The database does not answer.
pub async fn of_agencies(
    tx: &mut Tx<'_>,
    agencies: &[AgencyId],
    states: &[State],
    page: Page,
) -> Result<Vec<ProcedureResult>, StoreError> {
    list(tx, "agency", agencies.iter().copied().map(Value::from).collect(), states, page).await
}

/// To be returned at these places, in these states.
///
/// # Errors
/// The database does not answer.
pub async fn of_places(
    tx: &mut Tx<'_>,
    agencies: &[AgencyId],
    states: &[State],
    page: Page,
) -> Result<Vec<ProcedureResult>, StoreError> {
    list(tx, "place", agencies.iter().copied().map(Value::from).collect(), states, page).await
}

/// Due first; without a deadline last; then the older.
async fn list(
    tx: &mut Tx<'_>,
    column: &'static str,
    mut arguments: Vec<Value>,
    states: &[State],
    page: Page,
) -> Result<Vec<ProcedureResult>, StoreError> {
    let first_state = arguments.len() + 1;
    let sql = format!(
        "SELECT doc FROM results WHERE {column} IN ({}) AND state IN ({}) \
         ORDER BY COALESCE(deadline, {}), id LIMIT {} OFFSET {}",
        places(1, arguments.len()),
        places(first_state, states.len()),
        i64::MAX,
        page.limit.min(1000),
        page.offset,
    );
    arguments.extend(states.iter().map(|state| Value::from(state.as_str())));
    doc::all_built(tx, "results", sql, &arguments).await
}
