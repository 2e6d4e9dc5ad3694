//! Stream filters (ISO 32000-2, 7.4). Each stops at a limit: a bomb costs no more than it may yield.

use std::io::Read as _;

use crate::{Dictionary, Object, lexer};

/// Why a stream has no decoded bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FilterFault {
    Damaged(&'static str),
    Unsupported(String),
    TooLarge,
}

const MAX_FILTERS: usize = 16;

/// Filters and their parameters in order; references must be resolved before.
pub(crate) fn chain(
    filter: &Object,
    parameters: &Object,
) -> Result<Vec<(Vec<u8>, Dictionary)>, FilterFault> {
    let damaged = FilterFault::Damaged("/Filter is malformed");
    let names: Vec<Vec<u8>> = match filter {
        Object::Null => vec![],
        Object::Name(name) => vec![name.clone()],
        Object::Array(items) => {
            let names = items.iter().map(|item| item.as_name().map(<[u8]>::to_vec));
            names.collect::<Option<_>>().ok_or(damaged)?
        }
        _ => return Err(damaged),
    };
    if names.len() > MAX_FILTERS {
        return Err(FilterFault::TooLarge);
    }
    let parameters_of = |index: usize| match parameters {
        Object::Dictionary(one) if index == 0 => one.clone(),
        Object::Array(items) => {
            items.get(index).and_then(Object::as_dictionary).cloned().unwrap_or_default()
        }
        _ => Dictionary::new(),
    };
    Ok(names.into_iter().enumerate().map(|(index, name)| (name, parameters_of(index))).collect())
}

/// Runs `encoded` through `filters`; no step yields more than `limit` bytes.
pub(crate) fn decode(
    encoded: &[u8],
    filters: &[(Vec<u8>, Dictionary)],
    limit: u64,
) -> Result<Vec<u8>, FilterFault> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let Some(((first, parameters), rest)) = filters.split_first() else {
        return if encoded.len() > limit {
            Err(FilterFault::TooLarge)
        } else {
            Ok(encoded.to_vec())
        };
    };
    let mut bytes = step(encoded, first, parameters, limit)?;
    for (name, parameters) in rest {
        bytes = step(&bytes, name, parameters, limit)?;
    }
    Ok(bytes)
}

fn step(
    bytes: &[u8],
    name: &[u8],
    parameters: &Dictionary,
    limit: usize,
) -> Result<Vec<u8>, FilterFault> {
    match name {
        b"FlateDecode" | b"Fl" => predict(flate(bytes, limit)?, parameters),
        b"LZWDecode" | b"LZW" => {
            let early = parameters.get("EarlyChange").and_then(Object::as_integer) != Some(0);
            predict(lzw(bytes, early, limit)?, parameters)
        }
        b"ASCIIHexDecode" | b"AHx" => ascii_hex(bytes),
        b"ASCII85Decode" | b"A85" => ascii_85(bytes, limit),
        b"RunLengthDecode" | b"RL" => run_length(bytes, limit),
        b"Crypt" if parameters.get("Name").is_none() || parameters.is_name("Name", "Identity") => {
            Ok(bytes.to_vec())
        }
        _ => Err(FilterFault::Unsupported(String::from_utf8_lossy(name).into_owned())),
    }
}

fn flate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, FilterFault> {
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(3).min(limit).min(1 << 20));
    let mut decoder = flate2::bufread::ZlibDecoder::new(bytes);
    let most = (limit as u64).saturating_add(1);
    let read = decoder.by_ref().take(most).read_to_end(&mut out);
    // Some producers leave out the end of the data; every reader takes what is there.
    let only_the_end_is_missing = decoder.total_in() == bytes.len() as u64 && !out.is_empty();
    if read.is_err() && !only_the_end_is_missing {
        return Err(FilterFault::Damaged("Flate data are damaged"));
    }
    if out.len() > limit { Err(FilterFault::TooLarge) } else { Ok(out) }
}

fn lzw(bytes: &[u8], early: bool, limit: usize) -> Result<Vec<u8>, FilterFault> {
    const CLEAR: usize = 256;
    const END: usize = 257;
    // An entry is where it lies in the output: (start, length).
    let mut table: Vec<(usize, usize)> = vec![];
    let mut out: Vec<u8> = vec![];
    let (mut buffer, mut bits) = (0u32, 0u32);
    let mut previous: Option<(usize, usize)> = None;
    let mut input = bytes.iter();
    loop {
        // Widths grow with the table (7.4.4.2), by default one code early.
        let width = match 258 + table.len() + usize::from(early) {
            2048.. => 12,
            1024.. => 11,
            512.. => 10,
            _ => 9,
        };
        while bits < width {
            let Some(byte) = input.next() else { return Ok(out) };
            buffer = buffer << 8 | u32::from(*byte);
            bits += 8;
        }
        bits -= width;
        let code = (buffer >> bits & ((1 << width) - 1)) as usize;
        if code == END {
            return Ok(out);
        }
        if code == CLEAR {
            table.clear();
            previous = None;
            continue;
        }
        let start = out.len();
        let damaged = FilterFault::Damaged("LZW data are damaged");
        if code < 256 {
            out.push(code as u8);
        } else {
            let (from, len) = match table.get(code - 258) {
                Some(entry) => *entry,
                None if code - 258 == table.len() => {
                    let (from, len) = previous.ok_or(damaged.clone())?;
                    (from, len + 1)
                }
                None => return Err(damaged),
            };
            for index in from..from + len {
                let byte = *out.get(index).ok_or(damaged.clone())?;
                out.push(byte);
            }
        }
        if out.len() > limit {
            return Err(FilterFault::TooLarge);
        }
        if let Some((from, len)) = previous
            && table.len() < 4096 - 258
        {
            // The previous string and the first byte of this one lie next to each other.
            table.push((from, len + 1));
        }
        previous = Some((start, out.len() - start));
    }
}

fn ascii_hex(bytes: &[u8]) -> Result<Vec<u8>, FilterFault> {
    let mut out = Vec::with_capacity(bytes.len() / 2);
    let mut high = None;
    for byte in bytes {
        match (lexer::hex_value(Some(*byte)), high) {
            _ if *byte == b'>' => break,
            (Some(digit), None) => high = Some(digit),
            (Some(digit), Some(first)) => {
                out.push(first << 4 | digit);
                high = None;
            }
            _ if lexer::is_space(*byte) => {}
            _ => return Err(FilterFault::Damaged("ASCIIHex data are damaged")),
        }
    }
    out.extend(high.map(|digit: u8| digit << 4));
    Ok(out)
}

fn ascii_85(bytes: &[u8], limit: usize) -> Result<Vec<u8>, FilterFault> {
    let damaged = FilterFault::Damaged("ASCII85 data are damaged");
    let mut out = vec![];
    let mut group: Vec<u32> = Vec::with_capacity(5);
    let flush = |group: &mut Vec<u32>, out: &mut Vec<u8>| -> Option<()> {
        let len = group.len();
        if len == 1 {
            return None;
        }
        group.resize(5, 84);
        let value = group.iter().try_fold(0u32, |value, digit| {
            value.checked_mul(85).and_then(|value| value.checked_add(*digit))
        })?;
        out.extend(value.to_be_bytes().iter().take(len - 1));
        group.clear();
        Some(())
    };
    let body = bytes.strip_prefix(b"<~").unwrap_or(bytes);
    for byte in body {
        match byte {
            b'~' => break,
            b'z' if group.is_empty() => out.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group.push(u32::from(byte - b'!'));
                if group.len() == 5 {
                    flush(&mut group, &mut out).ok_or(damaged.clone())?;
                }
            }
            _ if lexer::is_space(*byte) => {}
            _ => return Err(damaged),
        }
        if out.len() > limit {
            return Err(FilterFault::TooLarge);
        }
    }
    if !group.is_empty() {
        flush(&mut group, &mut out).ok_or(damaged)?;
    }
    Ok(out)
}

fn run_length(bytes: &[u8], limit: usize) -> Result<Vec<u8>, FilterFault> {
    let damaged = FilterFault::Damaged("RunLength data are damaged");
    let mut out = vec![];
    let mut at = 0;
    while let Some(length) = bytes.get(at) {
        let length = usize::from(*length);
        at += 1;
        match length {
            128 => break,
            0..=127 => {
                let run = bytes.get(at..=at + length).ok_or(damaged.clone())?;
                out.extend_from_slice(run);
                at += length + 1;
            }
            _ => {
                let byte = *bytes.get(at).ok_or(damaged.clone())?;
                out.resize(out.len() + 257 - length, byte);
                at += 1;
            }
        }
        if out.len() > limit {
            return Err(FilterFault::TooLarge);
        }
    }
    Ok(out)
}

/// Undoes the PNG or TIFF predictor (7.4.4.4).
fn predict(bytes: Vec<u8>, parameters: &Dictionary) -> Result<Vec<u8>, FilterFault> {
    let number =
        |key: &str, default: i64| parameters.get(key).map_or(Some(default), Object::as_integer);
    let damaged = FilterFault::Damaged("predictor parameters are malformed");
    let predictor = number("Predictor", 1).ok_or(damaged.clone())?;
    if predictor == 1 {
        return Ok(bytes);
    }
    let small = |key, default, max| {
        let value = number(key, default).filter(|value| (1..=max).contains(value));
        value.and_then(|value| usize::try_from(value).ok()).ok_or(damaged.clone())
    };
    let colors = small("Colors", 1, 64)?;
    let depth = small("BitsPerComponent", 8, 16)?;
    let columns = small("Columns", 1, 1 << 24)?;
    let pixel_bits = colors * depth;
    let pixel = pixel_bits.div_ceil(8);
    let row = (pixel_bits * columns).div_ceil(8);
    match predictor {
        2 => tiff(bytes, depth, colors, row),
        10..=15 => png(&bytes, pixel, row),
        _ => Err(damaged),
    }
}

fn tiff(
    mut bytes: Vec<u8>,
    depth: usize,
    colors: usize,
    row: usize,
) -> Result<Vec<u8>, FilterFault> {
    if depth != 8 {
        return Err(FilterFault::Unsupported("TIFF predictor with other than 8 bits".into()));
    }
    for line in bytes.chunks_mut(row) {
        for at in colors..line.len() {
            line[at] = line[at].wrapping_add(line[at - colors]);
        }
    }
    Ok(bytes)
}

fn png(bytes: &[u8], pixel: usize, row: usize) -> Result<Vec<u8>, FilterFault> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut above = vec![0u8; row];
    let mut line = vec![0u8; row];
    for chunk in bytes.chunks(row + 1) {
        let Some((kind, data)) = chunk.split_first() else { break };
        line.clear();
        line.extend_from_slice(data);
        for at in 0..line.len() {
            let left = if at >= pixel { line[at - pixel] } else { 0 };
            let up = above.get(at).copied().unwrap_or(0);
            let corner = if at >= pixel { above.get(at - pixel).copied().unwrap_or(0) } else { 0 };
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(FilterFault::Damaged("PNG predictor of unknown kind")),
            };
            line[at] = line[at].wrapping_add(guess);
        }
        out.extend_from_slice(&line);
        std::mem::swap(&mut above, &mut line);
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (da, db, dc) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        up
    } else {
        corner
    }
}
