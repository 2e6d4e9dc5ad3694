//! The register of a year as it is printed, with every gap accounted for.

use std::collections::BTreeSet;

use issuance::{NumberEntry, Register, RegisterId};

use crate::value::values;
use crate::{StoreError, Tx, doc, registers};

/// A register with its entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Year {
    /// The register.
    pub register: Register,
    /// By number.
    pub entries: Vec<NumberEntry>,
}

impl Year {
    /// Numbers before the next free one that have no entry: none, unless something is wrong.
    pub fn unexplained(&self) -> Vec<u32> {
        let there: BTreeSet<u32> = self.entries.iter().map(|entry| entry.number.seq).collect();
        let counted = self.register.first..self.register.next;
        let ahead = self.register.ahead.iter().copied();
        counted.chain(ahead).filter(|seq| !there.contains(seq)).collect()
    }
}

/// The register with all its entries.
///
/// # Errors
/// The database does not answer.
pub async fn of(tx: &mut Tx<'_>, id: RegisterId) -> Result<Option<Year>, StoreError> {
    let Some(register) = registers::get(tx, id).await? else { return Ok(None) };
    let sql = "SELECT doc FROM numbers WHERE register = $1 ORDER BY seq";
    let entries = doc::all(tx, "numbers", sql, values![id]).await?;
    Ok(Some(Year { register, entries }))
}
