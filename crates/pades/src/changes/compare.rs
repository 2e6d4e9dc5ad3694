//! Are two values the same to a reader? Numbers of objects do not count, what they say does.

use std::{cell::Cell, collections::BTreeMap};

use pdf::{Dictionary, Object, Stream, View};

/// Depth of one comparison.
const MAX_DEPTH: u32 = 64;
/// Bytes of streams that are held at once.
const PIECE: u64 = 64 << 10;

/// What is left of the work that one file may cost. When it ends, the file is refused.
pub(super) struct Steps(Cell<u64>);

impl Steps {
    /// Values visited and referrers looked at for one file: a hundred times what honest ones need.
    pub(super) const PER_FILE: u64 = 4_000_000;
    /// Bytes of streams that cost as much as one value.
    const BYTES: u64 = 64;

    pub(super) fn new(steps: u64) -> Self {
        Self(Cell::new(steps))
    }

    /// False when nothing is left.
    pub(super) fn take(&self, steps: u64) -> bool {
        let left = self.0.get().saturating_sub(steps);
        self.0.set(left);
        left > 0
    }

    pub(super) fn ended(&self) -> bool {
        self.0.get() == 0
    }
}

/// Two revisions side by side.
#[derive(Clone, Copy)]
pub(super) struct Pair<'d> {
    pub(super) before: View<'d>,
    pub(super) after: View<'d>,
    pub(super) steps: &'d Steps,
}

impl Pair<'_> {
    /// Is `b` (after) what `a` (before) was? The same reference is the same: the object behind it
    /// is judged for itself. What is too big to compare is not the same.
    pub(super) fn same(&self, a: &Object, b: &Object) -> bool {
        self.equal(a, b, MAX_DEPTH)
    }

    fn equal(&self, a: &Object, b: &Object, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1).filter(|_| self.steps.take(1)) else {
            return false;
        };
        match (a, b) {
            (Object::Reference(a), Object::Reference(b)) if a == b => true,
            (Object::Reference(_), _) | (_, Object::Reference(_)) => {
                self.equal(&self.before.follow(a), &self.after.follow(b), depth)
            }
            (Object::Array(a), Object::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.equal(a, b, depth))
            }
            (Object::Dictionary(a), Object::Dictionary(b)) => self.equal_dictionaries(a, b, depth),
            (Object::Stream(a), Object::Stream(b)) => {
                self.equal_dictionaries(&a.dictionary, &b.dictionary, depth)
                    && self.equal_data(a, b)
            }
            _ => match (a.as_number(), b.as_number()) {
                (Some(a), Some(b)) => a == b,
                _ => a == b,
            },
        }
    }

    fn equal_dictionaries(&self, a: &Dictionary, b: &Dictionary, depth: u32) -> bool {
        self.keys(a, b).values().all(|(a, b)| self.equal(a, b, depth))
    }

    /// Data as they stand in the file, piece by piece.
    fn equal_data(&self, a: &Stream, b: &Stream) -> bool {
        let length = |stream: &Stream| stream.data.end.saturating_sub(stream.data.start);
        if length(a) != length(b) || !self.steps.take(length(a) / Steps::BYTES) {
            return false;
        }
        if a.data == b.data {
            return true;
        }
        (0..length(a)).step_by(PIECE as usize).all(|at| {
            let piece = |of: &Stream| {
                let start = of.data.start.saturating_add(at);
                start..start.saturating_add(PIECE).min(of.data.end)
            };
            let bytes = |view: View<'_>, of| view.document.bytes(piece(of));
            matches!((bytes(self.before, a), bytes(self.after, b)), (Ok(a), Ok(b)) if a == b)
        })
    }

    /// Keys whose values differ. A key that is no text reads as none that is known.
    pub(super) fn differing(&self, a: &Dictionary, b: &Dictionary) -> Vec<String> {
        let keys = self.keys(a, b);
        let differing = keys.iter().filter(|(_, (a, b))| !self.same(a, b));
        differing.map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
    }

    /// Keys of either, in order, with both values; `null` is as good as absent.
    fn keys<'a>(
        &self,
        a: &'a Dictionary,
        b: &'a Dictionary,
    ) -> BTreeMap<&'a [u8], (&'a Object, &'a Object)> {
        self.steps.take((a.len() + b.len()) as u64);
        let mut keys = BTreeMap::new();
        for (key, value) in a.iter().filter(|(_, value)| !value.is_null()) {
            keys.insert(key, (value, &Object::Null));
        }
        for (key, value) in b.iter().filter(|(_, value)| !value.is_null()) {
            keys.entry(key).or_insert((&Object::Null, value)).1 = value;
        }
        keys
    }
}
