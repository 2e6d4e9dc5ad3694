//! Every package's licence expression must hold with the licences that deny.toml allows.

use super::metadata::Metadata;
use super::{Findings, Licenses};

pub(super) fn check(metadata: &Metadata, licenses: &Licenses, findings: &mut Findings) {
    for package in &metadata.packages {
        let place = format!("{} {}", package.name, package.version);
        match &package.license {
            None => findings.error(format!("{place} names no licence")),
            Some(expression) if !allowed(expression, &licenses.allow) => {
                findings.error(format!("{place} has licence {expression}: not in deny.toml"));
            }
            Some(_) => {}
        }
    }
}

/// SPDX: OR binds weaker than AND; the old `A/B` means OR. What cannot be read is not allowed.
fn allowed(expression: &str, allow: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut reader = Reader { words: spaced.split_whitespace().peekable(), allow };
    reader.any() == Some(true) && reader.words.peek().is_none()
}

struct Reader<'a> {
    words: std::iter::Peekable<std::str::SplitWhitespace<'a>>,
    allow: &'a [String],
}

impl Reader<'_> {
    fn any(&mut self) -> Option<bool> {
        let mut held = self.all()?;
        while self.words.next_if_eq(&"OR").is_some() {
            held |= self.all()?;
        }
        Some(held)
    }

    fn all(&mut self) -> Option<bool> {
        let mut held = self.one()?;
        while self.words.next_if_eq(&"AND").is_some() {
            held &= self.one()?;
        }
        Some(held)
    }

    fn one(&mut self) -> Option<bool> {
        let word = self.words.next()?;
        if word == "(" {
            let held = self.any()?;
            self.words.next_if_eq(&")")?;
            return Some(held);
        }
        let mut name = word.to_string();
        if self.words.next_if_eq(&"WITH").is_some() {
            name = format!("{name} WITH {}", self.words.next()?);
        }
        Some(self.allow.contains(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn expressions() {
        let allow = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(String::from);
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "Apache-2.0/MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0",
        ] {
            assert!(allowed(good, &allow), "{good}");
        }
        for bad in
            ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "MIT OR", "(MIT", "MIT Unicode-3.0", ""]
        {
            assert!(!allowed(bad, &allow), "{bad}");
        }
    }
}
