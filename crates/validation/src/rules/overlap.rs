//! Rule 7: what a later signature's appearance covers. A valid one may paint over blanks and over another
//! signature's widget; over text or images only with a loud statement; an untrusted or broken one over nothing.

use crate::facts::{Cover, Facts};
use crate::report::{Indication, SignatureReport, SubIndication, Warning};
use pades::SignatureKind;

/// How far a covering appearance may be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Covering {
    /// Only blanks and widgets of other signatures, by a signature that may.
    Fine,
    /// Text or images, by a valid signature: said loudly.
    Loud(String),
    /// By a signature that may not.
    Refused(String),
}

/// Judges the appearance of `field`, whose own validation is in `painter`.
pub(crate) fn judge(facts: &Facts, field: &str, painter: Option<&SignatureReport>) -> Covering {
    let covers: Vec<_> = facts.covers.iter().filter(|cover| cover.field == field).collect();
    let content: Vec<_> =
        covers.iter().filter(|cover| is_content(cover)).map(|cover| describe(cover)).collect();
    let widgets = covers.iter().any(|cover| cover.what.starts_with("widget:"));
    let unmeasured = covers.is_empty();
    if !may_paint(painter) {
        let covered = if content.is_empty() { "?".to_owned() } else { content.join("; ") };
        return if unmeasured || widgets || !content.is_empty() {
            Covering::Refused(covered)
        } else {
            Covering::Fine
        };
    }
    if unmeasured {
        return Covering::Loud("?".into());
    }
    if content.is_empty() { Covering::Fine } else { Covering::Loud(content.join("; ")) }
}

/// A signature that passed; or one that lacks nothing but evidence, since the file cannot pass before it does.
/// A document timestamp has no business painting, and the file may pass without it.
fn may_paint(painter: Option<&SignatureReport>) -> bool {
    painter.is_some_and(|painter| {
        let pending = painter.indication == Indication::Indeterminate
            && painter.anchor.is_some()
            && painter.sub_indication == Some(SubIndication::TryLater);
        painter.kind == SignatureKind::Signature
            && (painter.indication == Indication::TotalPassed || pending)
    })
}

fn is_content(cover: &Cover) -> bool {
    cover.what != "blank" && !cover.what.starts_with("widget:")
}

fn describe(cover: &Cover) -> String {
    let text = cover.text.as_ref().map_or(String::new(), |text| format!(" {text:?}"));
    format!("{}{text}, {:.0} %", cover.what, cover.share * 100.0)
}

pub(crate) fn warning(field: &str, covered: &str) -> Warning {
    let code = if covered == "?" { "covers_unknown" } else { "covers" };
    Warning {
        code: code.into(),
        field: Some(field.to_owned()),
        detail: (covered != "?").then(|| covered.to_owned()),
    }
}
