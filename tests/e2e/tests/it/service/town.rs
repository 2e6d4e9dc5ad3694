//! An agency with everybody that a result needs, set up over HTTP by its administrator, and a second
//! agency beside it.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lab::documents::{self, LabDocument, pictures};
use serde_json::{Value, json};

use super::house::House;
use super::http::Caller;

/// Who works there: name of log-in, roles, title.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("canbo", "case_officer", "Chuyên viên"),
    ("chutich", "official", "CHỦ TỊCH"),
    ("vanthu", "registry_clerk", "Văn thư"),
    ("tra", "counter_clerk", "Cán bộ trả kết quả"),
    ("truongca", "shift_lead", "Trưởng ca"),
    ("kiemsoat", "auditor", "Kiểm soát viên"),
    ("quantri", "administrator", "Quản trị viên"),
];

/// Name of the one who signs, as it is printed on the lab's documents.
const OFFICIAL: &str = "Nguyễn Hữu Phước An";
pub(crate) const PASSWORD: &str = "mật-khẩu-của-phòng-thử-2026";

/// One agency at work.
pub(crate) struct Town {
    pub(crate) agency: String,
    pub(crate) people: BTreeMap<String, Caller>,
    pub(crate) positions: BTreeMap<String, String>,
    pub(crate) procedure: String,
    pub(crate) register: String,
    pub(crate) official_key: String,
    pub(crate) seal_key: String,
    pub(crate) client: Caller,
    pub(crate) client_token: String,
    pub(crate) webhook_key: Option<String>,
}

impl Town {
    /// `word`: short name of the agency, which begins the names of log-in too.
    pub(crate) fn build(house: &House, word: &str, webhook: Option<&str>) -> Result<Town> {
        let admin = house.admin()?;
        let parent = admin.get("/api/v1/me")?.good()?["positions"][0]["agency"].clone();
        let id = |made: Value| made["id"].as_str().map(str::to_owned).context("no id");
        let agency = id(admin
            .post("/api/v1/admin/agencies", &json!({"word": word, "name": format!("Ủy ban nhân dân phường {word}"), "parent": parent}))?
            .good()?)?;
        let (mut people, mut ids, mut positions) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (login, role, title) in PEOPLE {
            let name = if *role == "official" { OFFICIAL } else { *title };
            let full = format!("{word}.{login}");
            let person = id(admin
                .post(
                    "/api/v1/admin/people",
                    &json!({"agency": agency, "login": full, "name": name, "password": PASSWORD}),
                )?
                .good()?)?;
            let position = id(admin
                .post("/api/v1/admin/positions", &json!({"agency": agency, "person": person, "roles": [role], "title": title, "decision": "01/QĐ"}))?
                .good()?)?;
            ids.insert((*login).to_owned(), person);
            positions.insert((*login).to_owned(), position);
            people.insert((*login).to_owned(), Caller::person(house.staff, &full, PASSWORD)?);
        }
        let procedure = uuid();
        admin
            .put("/api/v1/admin/procedures", &procedure_of(&procedure, &agency))?
            .good()
            .context("procedure")?;
        let year = issuance::year_in_vietnam(jiff::Timestamp::now());
        let clerk = &people["vanthu"];
        let register = id(clerk
            .post(
                "/api/v1/registers",
                &json!({"agency": agency, "series": "GCN", "year": year, "symbol": "/GCN-UBND"}),
            )?
            .good()?)?;
        let official_key =
            bind(house, &admin, &people["chutich"], &agency, Some(&ids["chutich"]), "official")?;
        let seal_key = bind(house, &admin, clerk, &agency, None, "seal")?;
        let client = admin
            .post(
                "/api/v1/admin/clients",
                &json!({"agency": agency, "name": "Hệ thống một cửa", "scopes": [{"agency": agency, "procedures": null}], "webhook": webhook}),
            )?
            .good()?;
        let client_token = client["token"].as_str().context("no token")?.to_owned();
        let webhook_key = client["webhook_key"].as_str().map(str::to_owned);
        Ok(Town {
            agency,
            people,
            positions,
            procedure,
            register,
            official_key,
            seal_key,
            client: Caller::client(house.staff, &client_token),
            client_token,
            webhook_key,
        })
    }

    pub(crate) fn person(&self, login: &str) -> &Caller {
        &self.people[login]
    }

    /// A submission by the first door, without the file.
    pub(crate) fn submission(&self, title: &str) -> Value {
        json!({
            "dossiers": ["G22.99.08-260921-896048"],
            "procedure": self.procedure,
            "agency": self.agency,
            "receiving_place": self.agency,
            "signing_position": self.positions["chutich"],
            "title": title,
            "holders": [{"person": {"name": "Đặng Thị Hải Yến", "last_four": "0127", "birth_year": 1988}}],
            "fields": [{"name": "Tên hộ kinh doanh", "value": "HỘ KINH DOANH GỐM SỨ HẢI YẾN"}],
            "kind": "draft",
        })
    }

    /// A submission by the second door.
    pub(crate) fn elsewhere(&self, number: &str, title: &str) -> Value {
        let mut submission = self.submission(title);
        submission["signing_position"] = Value::Null;
        submission["kind"] = json!({"signed_elsewhere": {
            "kind": "Giấy chứng nhận", "number": number, "date": "2026-01-05",
            "title": title, "signer": "Trần Văn Khác",
        }});
        submission
    }
}

/// The household's certificate: what everybody submits.
pub(crate) fn document() -> Result<LabDocument> {
    documents::household_business("2026-01-05T02:30:00Z".parse()?)
}

/// Bound by the administrator, confirmed by another.
fn bind(
    house: &House,
    admin: &Caller,
    second: &Caller,
    agency: &str,
    person: Option<&str>,
    holder: &str,
) -> Result<String> {
    let certificate = STANDARD.encode(&house.lab.certificate(holder)?.der);
    let (image, initials) = match person {
        Some(_) => (pictures::signature_official()?, Some(pictures::initials()?)),
        None => (pictures::seal()?, None),
    };
    let made = admin
        .post(
            "/api/v1/admin/keys",
            &json!({
                "agency": agency, "person": person, "label": holder, "certificate": certificate,
                "image": STANDARD.encode(image), "initials": initials.map(|i| STANDARD.encode(i)),
            }),
        )?
        .good()
        .context("bind")?;
    let id = made["id"].as_str().context("no key")?.to_owned();
    let confirmed = second.post(&format!("/api/v1/admin/keys/{id}/confirm"), &json!({}))?;
    confirmed.good().context("confirm")?;
    Ok(id)
}

fn procedure_of(id: &str, agency: &str) -> Value {
    let qr = match document() {
        Ok(document) => document.layout.qr.rect(),
        Err(_) => [0.0; 4],
    };
    let between = |width: f64, height: f64| json!({"between": {"above": "{title}", "below": "{name}", "width_mm": width, "height_mm": height}});
    json!({
        "id": id, "agency": agency, "code": "1.001612", "name": "Đăng ký hộ kinh doanh",
        "acts": [
            {"kind": "sign", "by": "signing_position", "key": "person", "place": "signature"},
            {"kind": "number_date", "by": "registry", "key": "seal", "place": "header"},
            {"kind": "seal", "by": "registry", "key": "seal", "place": "seal"},
        ],
        "attachment_acts": [],
        "layout": {
            "signature": between(60.0, 25.0),
            "seal": between(35.0, 35.0),
            "header": "header_line",
            "qr": {"box": {"page": "last", "x_mm": qr[0], "y_mm": qr[1], "width_mm": qr[2], "height_mm": qr[3]}},
        },
        "terms": {"series": "GCN", "certify": null, "consent_only": false, "sensitive": false, "takes_elsewhere": true},
        "version": 0, "from": "2026-01-01T00:00:00Z", "to": null,
    })
}

/// A name of a thing that the caller names.
pub(crate) fn uuid() -> String {
    let mut bytes = [0_u8; 16];
    if let Ok(mut file) = std::fs::File::open("/dev/urandom") {
        let _ = std::io::Read::read_exact(&mut file, &mut bytes);
    }
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
