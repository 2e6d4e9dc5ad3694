//! What administrators and registries set up. Nothing here signs, numbers, seals or issues.

mod agencies;
mod clients;
mod keys;
mod people;
mod positions;
mod procedures;
mod registers;

pub use agencies::CreateAgency;
pub use clients::{CreateClient, DisableClient, RotateClient};
pub use keys::{BindKey, ConfirmKey, RetireKey};
pub use people::{CreatePerson, DisablePerson, SetPassword};
pub use positions::{EndPosition, GivePosition};
pub use procedures::PutProcedure;
pub use registers::{CloseRegister, EnterNumber, OpenRegister};

use issuance::{Agency, AgencyId, Refusal};
use store::{ActError, StoreError, Tx, agencies as rows};

async fn agency(tx: &mut Tx<'_>, id: AgencyId) -> Result<Agency, ActError> {
    Ok(rows::get(tx, id).await?.ok_or(Refusal::Unknown { what: "agency" })?)
}

/// A row that must be there only once, in words.
fn once<T>(inserted: Result<T, StoreError>, what: &'static str) -> Result<T, ActError> {
    match inserted {
        Err(StoreError::Exists(_)) => Err(Refusal::Exists { what }.into()),
        other => Ok(other?),
    }
}
