//! Is a page too big to be read? Counted before hayro, which inflates without a limit, meets it.

use crate::Error;
use flate2::write::ZlibDecoder;
use hayro_interpret::hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjRef, Object, Stream};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::hayro_syntax::xref::XRef;
use std::collections::HashSet;
use std::io::{self, Write};

/// Bytes that all streams of one page may inflate to.
const MAX_INFLATED: u64 = 256 << 20;
/// Objects that one page may reach.
const MAX_OBJECTS: u32 = 200_000;
/// Depth of the object graph of one page.
const MAX_DEPTH: u32 = 100;
/// Pixels of one image: A3 at 600 dpi has 70 million.
const MAX_IMAGE_PIXELS: u64 = 80_000_000;

/// Walks what drawing `page` can reach.
pub(crate) fn check(page: &Page<'_>) -> Result<(), Error> {
    let mut walk = Walk { xref: page.xref(), seen: HashSet::new(), inflated: 0, objects: 0 };
    let dict = page.raw();
    for key in ["Contents", "Resources", "Annots"] {
        walk.entry(dict, key.as_bytes(), 0)?;
    }
    // Inherited resources are what the page uses.
    let own = page.resources();
    for resources in [
        &own.fonts,
        &own.x_objects,
        &own.patterns,
        &own.ext_g_states,
        &own.shadings,
        &own.color_spaces,
    ] {
        walk.dict(resources, 0)?;
    }
    Ok(())
}

struct Walk<'a> {
    xref: &'a XRef,
    seen: HashSet<(u32, i32)>,
    inflated: u64,
    objects: u32,
}

impl Walk<'_> {
    fn entry(&mut self, dict: &Dict<'_>, key: &[u8], depth: u32) -> Result<(), Error> {
        if let Some(reference) = dict.get_ref(key)
            && !self.first(reference)
        {
            return Ok(());
        }
        match dict.get::<Object<'_>>(key) {
            Some(object) => self.object(&object, depth + 1),
            None => Ok(()),
        }
    }

    fn first(&mut self, reference: ObjRef) -> bool {
        self.seen.insert((reference.obj_number, reference.gen_number))
    }

    fn dict(&mut self, dict: &Dict<'_>, depth: u32) -> Result<(), Error> {
        for key in dict.keys() {
            // Upwards and sideways: other pages are not drawn with this one.
            if !matches!(
                key.as_ref(),
                b"Parent" | b"P" | b"Popup" | b"StructParent" | b"Dest" | b"A" | b"V"
            ) {
                self.entry(dict, key.as_ref(), depth)?;
            }
        }
        Ok(())
    }

    fn array(&mut self, array: &Array<'_>, depth: u32) -> Result<(), Error> {
        for item in array.raw_iter() {
            match item {
                MaybeRef::NotRef(object) => self.object(&object, depth + 1)?,
                MaybeRef::Ref(reference) if self.first(reference) => {
                    if let Some(object) = self.xref.get::<Object<'_>>(reference.into()) {
                        self.object(&object, depth + 1)?;
                    }
                }
                MaybeRef::Ref(_) => {}
            }
        }
        Ok(())
    }

    fn object(&mut self, object: &Object<'_>, depth: u32) -> Result<(), Error> {
        self.objects += 1;
        if self.objects > MAX_OBJECTS {
            return Err(Error::Limit("objects of one page".into()));
        }
        if depth > MAX_DEPTH {
            return Ok(());
        }
        match object {
            Object::Dict(dict) => self.dict(dict, depth),
            Object::Array(array) => self.array(array, depth),
            Object::Stream(stream) => {
                self.stream(stream)?;
                self.dict(stream.dict(), depth)
            }
            _ => Ok(()),
        }
    }

    fn stream(&mut self, stream: &Stream<'_>) -> Result<(), Error> {
        let dict = stream.dict();
        let side = |key: &str| u64::from(dict.get::<u32>(key).unwrap_or(0));
        if side("Width").saturating_mul(side("Height")) > MAX_IMAGE_PIXELS {
            return Err(Error::Limit("pixels of an image".into()));
        }
        let filters = filters(dict);
        let mut data = stream.raw_data().into_owned();
        for filter in filters.iter().take(8) {
            let room = MAX_INFLATED.saturating_sub(self.inflated);
            match filter.as_slice() {
                b"FlateDecode" | b"Fl" => {
                    let mut sink = ZlibDecoder::new(Capped {
                        kept: Vec::new(),
                        keep: filters.len() > 1,
                        count: 0,
                        room,
                    });
                    // Broken data inflates as far as it goes, here as in hayro.
                    let _ = sink.write_all(&data).and_then(|()| sink.try_finish());
                    let capped = sink.get_ref();
                    self.inflated = self.inflated.saturating_add(capped.count);
                    data.clone_from(&capped.kept);
                }
                b"ASCIIHexDecode" | b"AHx" => data = hex(&data),
                b"ASCII85Decode" | b"A85" => data = base85(&data),
                // A byte of LZW or run lengths is seldom more than this many.
                b"LZWDecode" | b"LZW" | b"RunLengthDecode" | b"RL" => {
                    self.inflated = self.inflated.saturating_add(64 * data.len() as u64);
                }
                _ => {}
            }
            if self.inflated >= MAX_INFLATED {
                return Err(Error::Limit("inflated bytes of one page".into()));
            }
        }
        Ok(())
    }
}

fn filters(dict: &Dict<'_>) -> Vec<Vec<u8>> {
    match dict.get::<Object<'_>>("Filter").or_else(|| dict.get::<Object<'_>>("F")) {
        Some(Object::Name(name)) => vec![name.as_ref().to_vec()],
        Some(Object::Array(names)) => {
            names.iter::<Name<'_>>().map(|n| n.as_ref().to_vec()).collect()
        }
        _ => Vec::new(),
    }
}

fn hex(text: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = text
        .iter()
        .take_while(|b| **b != b'>')
        .filter_map(|b| char::from(*b).to_digit(16))
        .filter_map(|d| u8::try_from(d).ok())
        .collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, d| (byte << 4) | d)).collect()
}

fn base85(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut group: Vec<u8> = Vec::new();
    for byte in text.iter().take_while(|b| **b != b'~') {
        match byte {
            b'z' if group.is_empty() => bytes.extend([0; 4]),
            b'!'..=b'u' => group.push(byte - b'!'),
            _ => {}
        }
        if group.len() == 5 {
            bytes.extend(
                group
                    .drain(..)
                    .fold(0_u32, |n, d| n.wrapping_mul(85).wrapping_add(d.into()))
                    .to_be_bytes(),
            );
        }
    }
    // A short last group has one byte less than digits; its exact bytes do not matter for counting.
    bytes.extend(std::iter::repeat_n(0, group.len().saturating_sub(1)));
    bytes
}

/// Counts what is written and refuses more than there is room for.
struct Capped {
    kept: Vec<u8>,
    keep: bool,
    count: u64,
    room: u64,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.count = self.count.saturating_add(bytes.len() as u64);
        if self.count > self.room {
            return Err(io::Error::other("no room"));
        }
        if self.keep {
            self.kept.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
