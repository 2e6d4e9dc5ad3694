//! Vietnamese first; English for whoever asks.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::request::Parts;

/// The language of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    Vietnamese,
    English,
}

impl Language {
    /// The first of Vietnamese and English in the list of the browser, by its weights.
    pub(crate) fn asked(headers: &HeaderMap) -> Language {
        let Some(list) = headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()) else {
            return Language::default();
        };
        let mut best: Option<(f32, Language)> = None;
        for entry in list.split(',').take(20) {
            let (tag, rest) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = rest.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.parse().ok());
            let primary = tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase();
            let language = match primary.as_str() {
                "vi" => Language::Vietnamese,
                "en" => Language::English,
                _ => continue,
            };
            let Some(weight) = weight.filter(|w: &f32| *w > 0.0) else { continue };
            if best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language).unwrap_or_default()
    }

    pub(crate) fn of<'a>(self, vi: &'a str, en: &'a str) -> &'a str {
        match self {
            Language::Vietnamese => vi,
            Language::English => en,
        }
    }

    pub(crate) fn tag(self) -> &'static str {
        self.of("vi", "en")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Language::asked(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(list: &'static str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, axum::http::HeaderValue::from_static(list));
        Language::asked(&headers)
    }

    #[test]
    fn vietnamese_unless_english_is_wanted_more() {
        assert_eq!(Language::asked(&HeaderMap::new()), Language::Vietnamese);
        for (list, language) in [
            ("en-GB,en;q=0.9", Language::English),
            ("vi-VN,vi;q=0.9,en;q=0.8", Language::Vietnamese),
            ("en;q=0.3, vi;q=0.7", Language::Vietnamese),
            ("fr, de;q=0.9", Language::Vietnamese),
            ("vi;q=0, en;q=0.1", Language::English),
            ("en;q=x, *", Language::Vietnamese),
        ] {
            assert_eq!(asked(list), language, "{list}");
        }
    }
}
