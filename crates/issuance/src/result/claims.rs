//! What a log leaf commits to: canonical bytes of what a result says, the same today and in years.
//!
//! UTF-8 text, one `name value` a line in this order, every line ended by U+000A. Values have no
//! control characters (checked on the way in), so that a line ends where it seems to.

use super::{FileRole, ResultDoc};
use crate::{Holder, Kind, LeafKind};

impl ResultDoc {
    /// The claims of a leaf of that kind. Nothing in them changes after issue, so that an audit of
    /// the log finds the same bytes in the database; `supersede` also names the successor.
    pub fn claims(&self, kind: LeafKind) -> Vec<u8> {
        let mut text = String::from("antin.claims/1\n");
        let mut say = |name: &str, value: &str| {
            text.push_str(name);
            text.push(' ');
            text.push_str(value);
            text.push('\n');
        };
        let submission = &self.submission;
        say("result", &self.id.to_string());
        say("revision", &self.revision.to_string());
        say("agency", &submission.agency.to_string());
        say("procedure", &submission.procedure.to_string());
        say("title", &submission.title);
        if let Some(number) = &self.number {
            say("number", &number.text);
            say("date", &number.date.to_string());
        }
        if let Kind::SignedElsewhere(elsewhere) = &submission.kind {
            say("elsewhere.kind", &elsewhere.kind);
            say("elsewhere.number", &elsewhere.number);
            say("elsewhere.date", &elsewhere.date.to_string());
            say("elsewhere.title", &elsewhere.title);
            say("elsewhere.signer", &elsewhere.signer);
        }
        for holder in &submission.holders {
            match holder {
                Holder::Person { name, last_four, birth_year } => {
                    say("person", name);
                    say("person.last_four", last_four);
                    say("person.birth_year", &birth_year.to_string());
                }
                Holder::Organisation { name, code, secret } => {
                    say("organisation", name);
                    say("organisation.code", code);
                    say("organisation.secret", &secret.to_string());
                }
            }
        }
        for field in &submission.fields {
            say("field", &field.name);
            say("field.value", &field.value);
        }
        for file in &self.files {
            match &file.role {
                FileRole::Main => say("file", &file.current.to_string()),
                FileRole::Attachment(name) => {
                    say("attachment", name);
                    say("attachment.file", &file.current.to_string());
                }
            }
        }
        if let (LeafKind::Supersede, Some(by)) = (kind, self.superseded_by) {
            say("superseded_by", &by.to_string());
        }
        text.into_bytes()
    }
}
