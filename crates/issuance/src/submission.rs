//! What comes in with a result: identifiers, holders, fields to compare, where it is returned.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::text::{at_most, line, optional_line, year_in_vietnam};
use crate::{AgencyId, FileHash, PositionId, ProcedureId, Refusal};

/// The data of a submission. `H` is [`HolderInput`] as it comes, [`Holder`] as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Submission<H = Holder> {
    /// Identifiers of appointment slips.
    #[serde(default)]
    pub slips: Vec<String>,
    /// Dossier codes ("G22.99.08-260921-896048").
    #[serde(default)]
    pub dossiers: Vec<String>,
    pub procedure: ProcedureId,
    /// Which decides.
    pub agency: AgencyId,
    /// Where it is returned; often another agency.
    pub receiving_place: AgencyId,
    /// Who shall sign; none for a result signed elsewhere.
    #[serde(default)]
    pub signing_position: Option<PositionId>,
    /// What the result is called ("Giấy chứng nhận …").
    pub title: String,
    #[serde(default = "Vec::new")]
    pub holders: Vec<H>,
    /// When it is due. Overdue never blocks anything.
    #[serde(default)]
    pub deadline: Option<Timestamp>,
    #[serde(default)]
    pub channel: Channel,
    /// What a reader compares with the paper, in the order shown.
    #[serde(default)]
    pub fields: Vec<Compared>,
    pub kind: Kind,
}

/// A submission as a client sends it.
pub type SubmissionInput = Submission<HolderInput>;

/// The two doors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Is signed here.
    Draft,
    /// Was signed and sealed in another system; never changed here.
    SignedElsewhere(Elsewhere),
}

/// What the sender says of a result signed elsewhere. The validation reads the file, not this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Elsewhere {
    /// Kind of document ("Quyết định").
    pub kind: String,
    /// Number and symbol ("05/QĐ-STP").
    pub number: String,
    pub date: Date,
    pub title: String,
    pub signer: String,
}

/// How the holder gets it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Channel {
    #[default]
    Counter,
    Post,
    Electronic,
}

/// A name and a value that a reader compares with the paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Compared {
    pub name: String,
    pub value: String,
}

/// For whom the result is, as it comes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum HolderInput {
    Person { name: String, last_four: String, birth_year: i16 },
    Organisation { name: String, code: String, retrieval_secret: String },
}

/// For whom the result is, as it is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs)]
pub enum Holder {
    /// `last_four`: the last four digits of the identity number.
    Person { name: String, last_four: String, birth_year: i16 },
    /// Tax codes are public, so that a secret opens the page; it is kept as [`Holder::secret`].
    Organisation { name: String, code: String, secret: FileHash },
}

impl std::fmt::Debug for HolderInput {
    /// Personal data stays out of logs.
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("HolderInput(…)")
    }
}

impl std::fmt::Debug for Holder {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Holder(…)")
    }
}

impl Holder {
    /// SHA-256 over the organisation's code and its secret.
    pub fn secret(code: &str, secret: &str) -> FileHash {
        FileHash::of(format!("antin.secret/1\n{code}\n{secret}").as_bytes())
    }

    /// The name.
    pub fn name(&self) -> &str {
        match self {
            Holder::Person { name, .. } | Holder::Organisation { name, .. } => name,
        }
    }
}

impl SubmissionInput {
    /// Normalises all text to NFC and checks every limit.
    ///
    /// # Errors
    /// Names the field.
    pub fn checked(self, now: Timestamp) -> Result<Submission, Refusal> {
        at_most("slips", self.slips.len(), MOST_CODES)?;
        at_most("dossiers", self.dossiers.len(), MOST_CODES)?;
        at_most("holders", self.holders.len(), MOST_HOLDERS)?;
        at_most("fields", self.fields.len(), MOST_FIELDS)?;
        let codes = |name, codes: &[String]| {
            codes.iter().map(|code| line(name, code, 80)).collect::<Result<Vec<_>, _>>()
        };
        let kind = match self.kind {
            Kind::Draft => Kind::Draft,
            Kind::SignedElsewhere(elsewhere) => Kind::SignedElsewhere(Elsewhere {
                kind: line("kind", &elsewhere.kind, 120)?,
                number: line("number", &elsewhere.number, 80)?,
                date: elsewhere.date,
                title: line("title", &elsewhere.title, 500)?,
                signer: line("signer", &elsewhere.signer, 200)?,
            }),
        };
        if kind == Kind::Draft && self.signing_position.is_none() {
            return Err(Refusal::field(
                "signing_position",
                "dự thảo phải nêu chức vụ sẽ ký",
                "a draft names the position that shall sign",
            ));
        }
        if kind != Kind::Draft && self.signing_position.is_some() {
            return Err(Refusal::field(
                "signing_position",
                "kết quả đã ký ở nơi khác không được ký ở đây",
                "a result signed elsewhere is not signed here",
            ));
        }
        let fields = self.fields.iter().map(|field| {
            Ok(Compared {
                name: line("fields", &field.name, 120)?,
                value: optional_line("fields", &field.value, 500)?,
            })
        });
        Ok(Submission {
            slips: codes("slips", &self.slips)?,
            dossiers: codes("dossiers", &self.dossiers)?,
            procedure: self.procedure,
            agency: self.agency,
            receiving_place: self.receiving_place,
            signing_position: self.signing_position,
            title: line("title", &self.title, 500)?,
            holders: self
                .holders
                .into_iter()
                .map(|holder| holder.checked(now))
                .collect::<Result<_, _>>()?,
            deadline: self.deadline,
            channel: self.channel,
            fields: fields.collect::<Result<_, Refusal>>()?,
            kind,
        })
    }
}

impl HolderInput {
    fn checked(self, now: Timestamp) -> Result<Holder, Refusal> {
        match self {
            HolderInput::Person { name, last_four, birth_year } => {
                if last_four.len() != 4 || !last_four.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(Refusal::field(
                        "last_four",
                        "bốn chữ số cuối của số định danh",
                        "the last four digits of the identity number",
                    ));
                }
                if !(1900..=year_in_vietnam(now)).contains(&birth_year) {
                    return Err(Refusal::field("birth_year", "năm sinh không đúng", "not a year"));
                }
                Ok(Holder::Person { name: line("holders", &name, 200)?, last_four, birth_year })
            }
            HolderInput::Organisation { name, code, retrieval_secret } => {
                let code = line("holders", &code, 40)?;
                let secret = line("retrieval_secret", &retrieval_secret, 100)?;
                if secret.chars().count() < 8 {
                    return Err(Refusal::field(
                        "retrieval_secret",
                        "ít nhất 8 ký tự",
                        "at least 8 characters",
                    ));
                }
                let secret = Holder::secret(&code, &secret);
                Ok(Holder::Organisation { name: line("holders", &name, 200)?, code, secret })
            }
        }
    }
}

const MOST_CODES: usize = 50;
const MOST_HOLDERS: usize = 50;
const MOST_FIELDS: usize = 60;
