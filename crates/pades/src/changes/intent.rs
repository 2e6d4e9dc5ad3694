//! An output intent added with a visible signature, as EU DSS does: permitted where there was none
//! and it says sRGB, what device colours mean anyway. A profile can turn black into white, so its
//! matrix and curves are looked at.

use std::collections::HashMap;

use pdf::{Dictionary, Object};

use super::{Judge, evidence::only};

/// Bytes of a profile that is looked at.
const MAX_PROFILE: usize = 1 << 20;
/// Colorants of sRGB, adapted to D50 (IEC 61966-2-1, ICC).
const COLORANTS: [(&[u8; 4], [f64; 3]); 3] = [
    (b"rXYZ", [0.4361, 0.2225, 0.0139]),
    (b"gXYZ", [0.3851, 0.7169, 0.0971]),
    (b"bXYZ", [0.1431, 0.0606, 0.7141]),
];
const COLORANT_TOLERANCE: f64 = 0.02;
const CURVE_TOLERANCE: f64 = 0.03;

impl Judge<'_> {
    /// Were there no output intents, and are the new ones sRGB?
    pub(super) fn adds_srgb_intent(&self, before: &Dictionary, after: &Dictionary) -> bool {
        let view = self.after();
        let list = view.get(after, "OutputIntents");
        let Some(intents) = list.as_array() else { return false };
        before.get("OutputIntents").is_none()
            && !intents.is_empty()
            && intents.iter().all(|intent| {
                let intent = view.follow(intent);
                let Object::Dictionary(intent) = &*intent else { return false };
                let known = [
                    "Type",
                    "S",
                    "OutputCondition",
                    "OutputConditionIdentifier",
                    "RegistryName",
                    "Info",
                    "DestOutputProfile",
                ];
                let profile = view.get(intent, "DestOutputProfile");
                let Some(profile) = profile.as_stream() else { return false };
                let plain = only(&profile.dictionary, &["N", "Length", "Filter", "DecodeParms"]);
                let decoded = view.decode(profile).unwrap_or_default();
                only(intent, &known) && plain && is_srgb(&decoded)
            })
    }
}

/// A matrix profile (ICC.1, 8.3.3) with the colorants and curves of sRGB and nothing that overrides them.
fn is_srgb(profile: &[u8]) -> bool {
    let word = |at: usize| profile.get(at..at.checked_add(4)?);
    let header = profile.len() <= MAX_PROFILE
        && word(12) == Some(b"mntr")
        && word(16) == Some(b"RGB ")
        && word(20) == Some(b"XYZ ")
        && word(36) == Some(b"acsp");
    let Some(tags) = tags(profile).filter(|_| header) else { return false };
    let table = |name: &[u8]| matches!(name, [b'A' | b'B' | b'D', b'2', ..]);
    if tags.keys().any(|name| table(name)) {
        return false;
    }
    let colorants = COLORANTS.iter().all(|(name, wanted)| {
        let Some(data) = tags.get(name.as_slice()) else { return false };
        wanted.iter().enumerate().all(|(i, wanted)| {
            fixed(data, 8 + 4 * i).is_some_and(|is| (is - wanted).abs() <= COLORANT_TOLERANCE)
        })
    });
    let curves = [b"rTRC", b"gTRC", b"bTRC"].iter().all(|name| {
        let Some(data) = tags.get(name.as_slice()) else { return false };
        (0..=16).all(|step| {
            let x = f64::from(step) / 16.0;
            curve(data, x).is_some_and(|y| (y - srgb(x)).abs() <= CURVE_TOLERANCE)
        })
    });
    colorants && curves
}

/// The tag table; none where it is damaged or names a tag twice.
fn tags(profile: &[u8]) -> Option<HashMap<&[u8], &[u8]>> {
    let count = number(profile, 128)?;
    let mut tags = HashMap::new();
    for tag in 0..count.min(100) {
        let at = 132 + 12 * tag as usize;
        let name = profile.get(at..at + 4)?;
        let (offset, length) =
            (number(profile, at + 4)? as usize, number(profile, at + 8)? as usize);
        let data = profile.get(offset..offset.checked_add(length)?)?;
        if tags.insert(name, data).is_some() {
            return None;
        }
    }
    (count <= 100).then_some(tags)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

/// s15Fixed16Number.
fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    number(bytes, at).map(|raw| f64::from(raw.cast_signed()) / 65536.0)
}

fn srgb(x: f64) -> f64 {
    if x <= 0.040_45 { x / 12.92 } else { ((x + 0.055) / 1.055).powf(2.4) }
}

/// `curv` or `para` (ICC.1, 10.6 and 10.18) at `x`.
fn curve(data: &[u8], x: f64) -> Option<f64> {
    match data.get(..4)? {
        b"curv" => {
            let count = number(data, 8)? as usize;
            let value = |index: usize| {
                let at = 12 + 2 * index;
                let pair = data.get(at..at + 2)?;
                pair.try_into().ok().map(|pair| f64::from(u16::from_be_bytes(pair)))
            };
            match count {
                0 => Some(x),
                1 => value(0).map(|gamma| x.powf(gamma / 256.0)),
                _ => {
                    let place = x * (count - 1) as f64;
                    let (low, high) = (place.floor() as usize, place.ceil() as usize);
                    let (a, b) = (value(low)?, value(high)?);
                    Some((a + (b - a) * place.fract()) / 65535.0)
                }
            }
        }
        b"para" => {
            let gamma = fixed(data, 12)?;
            let kind = number(data, 8)? >> 16;
            if kind == 0 {
                return Some(x.powf(gamma));
            }
            let (a, b, c, d) =
                (fixed(data, 16)?, fixed(data, 20)?, fixed(data, 24)?, fixed(data, 28)?);
            (kind == 3).then(|| if x >= d { (a * x + b).powf(gamma) } else { c * x })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::is_srgb;

    /// A profile with the colorants of sRGB, gamma 2.2 and, where told, something wrong.
    fn profile(gamma: u16, red: u32, extra: &[u8; 4]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[12..24].copy_from_slice(b"mntrRGB XYZ ");
        bytes[36..40].copy_from_slice(b"acsp");
        let xyz = |v: [u32; 3]| {
            let mut data = b"XYZ \0\0\0\0".to_vec();
            v.iter().for_each(|n| data.extend(n.to_be_bytes()));
            data
        };
        let mut curve = b"curv\0\0\0\0\0\0\0\x01".to_vec();
        curve.extend(gamma.to_be_bytes());
        let tags: [(&[u8; 4], Vec<u8>); 7] = [
            (b"rXYZ", xyz([red, 0x38ee, 0x390])),
            (b"gXYZ", xyz([0x62a5, 0xb790, 0x18de])),
            (b"bXYZ", xyz([0x249d, 0xf83, 0xb6be])),
            (b"rTRC", curve.clone()),
            (b"gTRC", curve.clone()),
            (b"bTRC", curve),
            (extra, vec![0; 8]),
        ];
        bytes.extend(u32::try_from(tags.len()).unwrap().to_be_bytes());
        let mut at = 132 + 12 * tags.len();
        for (name, data) in &tags {
            bytes.extend_from_slice(*name);
            bytes.extend(u32::try_from(at).unwrap().to_be_bytes());
            bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            at += data.len();
        }
        tags.iter().for_each(|(_, data)| bytes.extend(data));
        bytes
    }

    #[test]
    fn srgb_and_nothing_else() {
        assert!(is_srgb(&profile(563, 0x6f94, b"desc")));
        assert!(!is_srgb(&profile(100, 0x6f94, b"desc")), "a flat curve");
        assert!(!is_srgb(&profile(563, 0x1f94, b"desc")), "another red");
        assert!(!is_srgb(&profile(563, 0x6f94, b"A2B0")), "a table overrides the matrix");
        assert!(!is_srgb(&profile(563, 0x6f94, b"rXYZ")), "a tag twice");
        assert!(!is_srgb(b""));
    }
}
