//! Are two values the same to a reader? Numbers of objects do not count, what they say does.

use std::collections::BTreeSet;

use pdf::{Dictionary, Object, View};

/// Values that one comparison may visit.
const MAX_STEPS: u32 = 200_000;
/// Depth of one comparison.
const MAX_DEPTH: u32 = 64;

/// Two revisions side by side.
#[derive(Clone, Copy)]
pub(super) struct Pair<'d> {
    pub(super) before: View<'d>,
    pub(super) after: View<'d>,
}

impl Pair<'_> {
    /// Is `b` (after) what `a` (before) was? The same reference is the same: the object behind it
    /// is judged for itself. What is too big to compare is not the same.
    pub(super) fn same(&self, a: &Object, b: &Object) -> bool {
        self.equal(a, b, MAX_DEPTH, &mut { MAX_STEPS })
    }

    fn equal(&self, a: &Object, b: &Object, depth: u32, steps: &mut u32) -> bool {
        let (Some(depth), Some(left)) = (depth.checked_sub(1), steps.checked_sub(1)) else {
            return false;
        };
        *steps = left;
        match (a, b) {
            (Object::Reference(a), Object::Reference(b)) if a == b => true,
            (Object::Reference(_), _) | (_, Object::Reference(_)) => {
                self.equal(&self.before.follow(a), &self.after.follow(b), depth, steps)
            }
            (Object::Array(a), Object::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equal(a, b, depth, steps))
            }
            (Object::Dictionary(a), Object::Dictionary(b)) => {
                self.equal_dictionaries(a, b, depth, steps)
            }
            (Object::Stream(a), Object::Stream(b)) => {
                self.equal_dictionaries(&a.dictionary, &b.dictionary, depth, steps)
                    && match (self.before.raw(a), self.after.raw(b)) {
                        (Ok(a), Ok(b)) => a == b,
                        _ => false,
                    }
            }
            _ => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => a == b,
                _ => a == b,
            },
        }
    }

    fn equal_dictionaries(
        &self,
        a: &Dictionary,
        b: &Dictionary,
        depth: u32,
        steps: &mut u32,
    ) -> bool {
        keys(a, b).iter().all(|key| self.equal(value(a, key), value(b, key), depth, steps))
    }

    /// Keys whose values differ. A key that is no text reads as none that is known.
    pub(super) fn differing(&self, a: &Dictionary, b: &Dictionary) -> Vec<String> {
        let keys = keys(a, b);
        let differing = keys.iter().filter(|key| !self.same(value(a, key), value(b, key)));
        differing.map(|key| String::from_utf8_lossy(key).into_owned()).collect()
    }
}

/// Keys of either, in order; `null` is as good as absent.
fn keys(a: &Dictionary, b: &Dictionary) -> BTreeSet<Vec<u8>> {
    let both = a.iter().chain(b.iter()).filter(|(_, value)| !value.is_null());
    both.map(|(key, _)| key.to_vec()).collect()
}

fn value<'a>(of: &'a Dictionary, key: &[u8]) -> &'a Object {
    of.iter().find(|(name, _)| *name == key).map_or(&Object::Null, |(_, value)| value)
}
