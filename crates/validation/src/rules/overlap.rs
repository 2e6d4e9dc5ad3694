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
    if painter.is_some_and(|painter| painter.kind == SignatureKind::DocumentTimestamp) {
        // Whoever runs an authority of their own could write on the page with it.
        return Covering::Refused("timestamp".into());
    }
    let covers: Vec<_> = facts.covers.iter().filter(|cover| cover.field == field).collect();
    if covers.is_empty() {
        return if may_paint(painter) {
            Covering::Loud("?".into())
        } else {
            Covering::Refused("?".into())
        };
    }
    let describe_all = |counts: &dyn Fn(&Cover) -> bool| {
        let found: Vec<_> =
            covers.iter().filter(|cover| counts(cover)).map(|cover| describe(cover)).collect();
        found.join("; ")
    };
    if !may_paint(painter) {
        let covered = describe_all(&|cover| cover.what != "nothing");
        return if covered.is_empty() { Covering::Fine } else { Covering::Refused(covered) };
    }
    let content = describe_all(&|cover| is_content(cover) && !is_sealed_block(cover, &covers));
    if content.is_empty() { Covering::Fine } else { Covering::Loud(content) }
}

/// NĐ 30/2020 wants the agency's seal over a third of the official's image: where an appearance stands on another
/// signature's widget, it may also touch the title and name that belong to that signature.
fn is_sealed_block(cover: &Cover, covers: &[&Cover]) -> bool {
    let widget = cover.block_of.as_ref().map(|block| format!("widget:{block}"));
    widget.is_some_and(|widget| covers.iter().any(|cover| cover.what == widget))
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
    !matches!(cover.what.as_str(), "blank" | "nothing") && !cover.what.starts_with("widget:")
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
