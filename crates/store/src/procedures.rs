//! Procedures, each in its newest version: a result keeps the acts and terms it was submitted with.

use issuance::{AgencyId, Procedure, ProcedureId, Refusal};

use crate::value::{json, values};
use crate::{ActError, StoreError, Tx, doc};

/// Adds it, or replaces the version before it.
///
/// # Errors
/// Refused when what is there is not the version before it.
pub async fn put(tx: &mut Tx<'_>, procedure: &Procedure) -> Result<(), ActError> {
    let changed = tx
        .execute(
            "INSERT INTO procedures (id, agency, code, version, doc) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (id) DO UPDATE SET code = excluded.code, version = excluded.version, \
             doc = excluded.doc WHERE procedures.version = excluded.version - 1 \
             AND procedures.agency = excluded.agency",
            values![
                procedure.id,
                procedure.agency,
                &procedure.code,
                procedure.version,
                json(procedure)?,
            ],
        )
        .await?;
    if changed == 1 { Ok(()) } else { Err(Refusal::ChangedSince { what: "version" }.into()) }
}

/// By id.
///
/// # Errors
/// The database does not answer.
pub async fn get(tx: &mut Tx<'_>, id: ProcedureId) -> Result<Option<Procedure>, StoreError> {
    doc::one(tx, "procedures", "SELECT doc FROM procedures WHERE id = $1", values![id]).await
}

/// All of an agency, by code.
///
/// # Errors
/// The database does not answer.
pub async fn of_agency(tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<Procedure>, StoreError> {
    let sql = "SELECT doc FROM procedures WHERE agency = $1 ORDER BY code, id";
    doc::all(tx, "procedures", sql, values![agency]).await
}
