//! Object streams (ISO 32000-2, 7.5.7): members by index, parsed when asked for.

use crate::{
    Object, Stream,
    lexer::{Fault, Lexer},
};

/// A decoded object stream.
pub(crate) struct ObjectStream {
    data: Vec<u8>,
    /// Number of each member and where it begins in `data`.
    members: Vec<(u32, usize)>,
}

/// More members than any producer writes into one stream (they write 100 to 200).
const MAX_MEMBERS: i64 = 1 << 20;

impl ObjectStream {
    pub(crate) fn read(stream: &Stream, data: Vec<u8>, depth: u32) -> Result<Self, Fault> {
        let bad = Fault::Syntax("/N or /First of an object stream is malformed");
        if !stream.dictionary.is_name("Type", "ObjStm") {
            return Err(Fault::Syntax("the stream is not of /Type /ObjStm"));
        }
        let number = |key| stream.dictionary.get(key).and_then(Object::as_integer).ok_or(bad);
        let count = number("N")?;
        let first = usize::try_from(number("First")?).map_err(|_| bad)?;
        if !(0..=MAX_MEMBERS).contains(&count) {
            return Err(bad);
        }
        let head = data.get(..first).ok_or(bad)?;
        let mut lexer = Lexer::new(head, true, depth);
        let mut members = vec![];
        for _ in 0..count {
            lexer.skip_space()?;
            let number = u32::try_from(lexer.unsigned()?).map_err(|_| bad)?;
            lexer.skip_space()?;
            let offset = usize::try_from(lexer.unsigned()?).map_err(|_| bad)?;
            members.push((number, first.checked_add(offset).ok_or(bad)?));
        }
        Ok(Self { data, members })
    }

    /// Number of member `index`.
    pub(crate) fn number(&self, index: u32) -> Option<u32> {
        self.members.get(index as usize).map(|(number, _)| *number)
    }

    /// Member `index`, and whether a dictionary in it has a key twice.
    pub(crate) fn member(&self, index: u32, depth: u32) -> Result<(Object, bool), Fault> {
        let missing = Fault::Syntax("the object stream has no such member");
        let (_, at) = self.members.get(index as usize).ok_or(missing)?;
        let mut lexer = Lexer::new(self.data.get(*at..).ok_or(missing)?, true, depth);
        let object = lexer.object()?;
        Ok((object, lexer.duplicate_key))
    }

    pub(crate) fn len_bytes(&self) -> usize {
        self.data.len() + self.members.len() * 16
    }
}
