//! Agencies: everything belongs to one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::text::line;
use crate::{About, ActName, Acting, AgencyId, Refusal, permit};

/// An agency, a one-stop centre, a commune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Agency {
    pub id: AgencyId,
    /// Stable short word of the installation ("so-tu-phap").
    pub word: String,
    /// "SỞ TƯ PHÁP"
    pub name: String,
    /// Code of the national list (mã định danh, QĐ 20/2020/QĐ-TTg), e.g. "000.00.12.H62".
    pub code: Option<String>,
    /// The agencies above, top first; a province's centre and departments stand below it.
    pub above: Vec<AgencyId>,
    pub created: Timestamp,
}

impl Agency {
    /// A new agency below `parent`; without one it stands at the top of the installation.
    ///
    /// # Errors
    /// Not permitted, or the names cannot be taken. Only set-up creates an agency at the top.
    pub fn create(
        id: AgencyId,
        word: &str,
        name: &str,
        code: Option<&str>,
        parent: Option<&Agency>,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Agency, Refusal> {
        let act = ActName::CreateAgency;
        match parent {
            Some(parent) => permit(act, who, &parent.about(), now)?,
            None if matches!(who, Acting::System) => {}
            None => return Err(Refusal::NotYourRole { act }),
        }
        let mut above = parent.map(|p| p.above.clone()).unwrap_or_default();
        above.extend(parent.map(|p| p.id));
        let word = line("word", word, 60)?;
        if !word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
            return Err(Refusal::field(
                "word",
                "chỉ gồm chữ thường không dấu, số và dấu gạch",
                "only a to z, digits and hyphens",
            ));
        }
        let code = code.map(|code| line("code", code, 40)).transpose()?;
        Ok(Agency { id, word, name: line("name", name, 200)?, code, above, created: now })
    }

    /// As permission asks for it.
    pub fn about(&self) -> About<'_> {
        About { above: &self.above, ..About::of(self.id) }
    }
}
