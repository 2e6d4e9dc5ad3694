//! The states and the roles as text for the documents, from the table of acts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{ACTS, By, Role, State, Where};

/// A Mermaid state diagram of results: what `docs/` shows, so that picture and code are one.
pub fn state_diagram() -> String {
    let mut arrows: BTreeMap<(Option<State>, State), Vec<&str>> = BTreeMap::new();
    for rule in ACTS.iter().filter(|rule| !rule.to.is_empty()) {
        let froms: Vec<Option<State>> = match rule.from.is_empty() {
            true => vec![None],
            false => rule.from.iter().copied().map(Some).collect(),
        };
        for from in froms {
            for to in rule.to {
                // The steps in hand are drawn by their own names.
                let moves = from != Some(*to) && !rule.by.contains(&By::Worker)
                    || rule.word == "judge_intake" && from != Some(*to);
                if moves && forward(rule.word, from, *to) {
                    arrows.entry((from, *to)).or_default().push(rule.word);
                }
            }
        }
    }
    let mut text = String::from("stateDiagram-v2\n");
    for ((from, to), words) in &arrows {
        let from = from.map_or("[*]", |state| state.as_str());
        // Writing to a String does not fail.
        let _ = writeln!(text, "    {from} --> {to}: {}", words.join(", "));
    }
    for end in [State::Withdrawn, State::Refused, State::Superseded, State::Revoked] {
        let _ = writeln!(text, "    {end} --> [*]");
    }
    text
}

/// The table lists states before and after as two sets; a seal never leads back, nor to `numbered`.
fn forward(word: &str, from: Option<State>, to: State) -> bool {
    let back = (from, to) == (Some(State::Numbered), State::Signed);
    !back && (word, to) != ("seal", State::Numbered)
}

/// The table of roles and acts as Markdown: Vietnamese and English name, who, where.
pub fn role_table() -> String {
    let mut text = String::from("| act | việc |");
    for role in Role::ALL {
        let _ = write!(text, " {role} |");
    }
    text.push_str(" client | worker | where |\n|---|---|");
    text.push_str(&"---|".repeat(Role::ALL.len() + 3));
    text.push('\n');
    for rule in ACTS {
        let _ = write!(text, "| {} | {} |", rule.word, rule.text_vi);
        let mark = |yes: bool| match (yes, rule.two_people) {
            (true, true) => " 2 |",
            (true, false) => " ✓ |",
            (false, _) => " |",
        };
        for role in Role::ALL {
            text.push_str(mark(rule.by.contains(&By::Role(role))));
        }
        text.push_str(mark(rule.by.contains(&By::Client)));
        text.push_str(mark(rule.by.contains(&By::Worker)));
        let place = match rule.place {
            Where::Agency => "the agency",
            Where::AgencyOrPlace => "the agency or the receiving place",
            Where::Place => "the receiving place",
            Where::Named => "the position named, or its deputy",
            Where::Below => "the agency or one above",
        };
        let _ = writeln!(text, " {place} |");
    }
    text
}
