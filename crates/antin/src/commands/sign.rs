//! `antin sign`: the steps of the ceremony at the edge.

use std::process::ExitCode;

use jiff::Timestamp;
use pades::FileHash;
use pki::{Certificate, DigestAlgorithm, SignatureAlgorithm};
use serde_json::{Value, json};
use signing::{
    BaseDigest, Candidate, Earlier, Order, Outcome, Refusal, Room, Signer, StatusRule, Terms,
    WhyUnproven,
};
use token::{Key, Module, Pin, Scheme, Session};
use validation::{Evidence, Indication, Integrity, Policy, Report, SignatureReport};

use crate::cli::{Digest, Level, Padding, Sign};
use crate::commands::{place, token as token_command, verify};
use crate::config::Config;
use crate::files::{self, Document, Output};
use crate::net::{self, Net};
use crate::output;
use crate::stop::{Kind, Stop};
use crate::trust::{self, Trusted};

pub(crate) fn run(args: &Sign, config: Result<Config, Stop>) -> ExitCode {
    match config.and_then(|config| sign(args, &config)) {
        Ok(done) => {
            done.show(args);
            ExitCode::SUCCESS
        }
        Err(stop) => {
            let file = json!(args.output.display().to_string());
            let none = Value::Null;
            let extra = [
                ("file", file),
                ("sha256", none.clone()),
                ("level", none.clone()),
                ("field", none),
            ];
            output::stopped(&stop, args.json, &extra)
        }
    }
}

/// A file that was written.
struct Done {
    file: FileHash,
    field: String,
    level: Level,
    signer: String,
    why: Option<WhyUnproven>,
}

fn sign(args: &Sign, config: &Config) -> Result<Done, Stop> {
    refuse_what_is_not_built(args)?;
    let tsa = tsa_url(args, config)?;
    let mut ceremony = Ceremony::set_up(args, config)?;
    let document = Document::open(&args.input)?;
    if files::same(&args.input, &args.output) {
        return Err(place::usage(
            "Tệp kết quả không được là chính tệp đầu vào.",
            "The output must not be the input itself.",
        ));
    }
    let output = Output::begin(&args.output)?;
    let evidence_output = args.evidence_out.as_deref().map(Output::begin).transpose()?;
    let source = document.source();
    let base = BaseDigest::of(source)?;
    let earlier = ceremony.earlier(&document)?;
    let given = given_certificate(args)?;
    if let Some(certificate) = &given {
        // Whatever the token says later: a certificate that may not sign is not worth a PIN.
        ceremony.may_sign(certificate, probable_algorithm(certificate, args))?;
    }

    let (session, key) = open_token(args)?;
    ceremony.take_helpers(&session)?;
    let certificate = match given {
        Some(certificate) => certificate,
        None => certificate_beside(&session, &key)?,
    };
    let (scheme, algorithm) = scheme(&session, &key, args)?;
    let signer = ceremony.may_sign(&certificate, algorithm)?;
    let existing = existing_place(args, &document)?;
    let order = Order {
        base: base.hash(),
        field: args.field.clone(),
        appearance: place::appearance(args, &document, existing, &signer.name())?,
        certificate: certificate.der().to_vec(),
        algorithm,
        level: if args.level == Level::T { signing::Level::T } else { signing::Level::B },
        certify: args.certify,
        reason: args.reason.clone(),
        location: args.location.clone(),
        name: Some(signer.name()),
    };
    let value = |bytes: &[u8]| session.sign(&key, scheme, bytes);
    let candidate = ceremony.perform(&order, &signer, (source, &base), value, tsa.as_deref())?;
    let field = candidate.field().to_owned();
    let (update, report, why) = ceremony.validated(candidate, source, earlier)?;
    let file = output.append(&args.input, &update)?;
    if hex(&file.0) != report.sha256 {
        return Err(Refusal::BaseChanged.into());
    }
    if let Some(kept) = evidence_output {
        kept.write(ceremony.evidence.used_by(&report).to_json().as_bytes())?;
    }
    Ok(Done { file, field, level: args.level, signer: signer.name(), why })
}

fn refuse_what_is_not_built(args: &Sign) -> Result<(), Stop> {
    let what = match args {
        Sign { level: Level::Lt, .. } => "--level lt (PAdES-BASELINE-LT)",
        Sign { level: Level::Lta, .. } => "--level lta (PAdES-BASELINE-LTA)",
        Sign { repair: true, .. } => "--repair",
        Sign { password_file: Some(_), .. } => "--password-file",
        _ => return Ok(()),
    };
    Err(Stop::not_available(Kind::Refused, what))
}

fn tsa_url(args: &Sign, config: &Config) -> Result<Option<String>, Stop> {
    if args.level != Level::T {
        return Ok(None);
    }
    match args.tsa.clone().or_else(|| config.tsa.url.clone()) {
        Some(_) if args.offline => Err(place::usage(
            "Mức t cần máy chủ dấu thời gian nên không dùng được với --offline.",
            "Level t needs a timestamp authority and cannot go with --offline.",
        )),
        Some(url) => Ok(Some(url)),
        None => Err(place::usage(
            "Mức t cần máy chủ dấu thời gian: --tsa hoặc tsa.url trong cấu hình.",
            "Level t needs a timestamp authority: --tsa, or tsa.url in the configuration.",
        )),
    }
}

fn given_certificate(args: &Sign) -> Result<Option<Certificate>, Stop> {
    let Some(path) = &args.cert else { return Ok(None) };
    Ok(trust::certificates(path)?.into_iter().next())
}

/// For the check before the token is opened: what the key will most probably do.
fn probable_algorithm(certificate: &Certificate, args: &Sign) -> SignatureAlgorithm {
    let digest = digest(args.digest);
    match certificate.key_algorithm() {
        pki::KeyAlgorithm::Ec { .. } => SignatureAlgorithm::Ecdsa { digest },
        _ if args.padding == Some(Padding::Pkcs1) => SignatureAlgorithm::RsaPkcs1 { digest },
        _ => SignatureAlgorithm::pss(digest),
    }
}

fn open_token(args: &Sign) -> Result<(Session, Key), Stop> {
    let module = Module::open(&args.module)?;
    let tokens = module.tokens()?;
    let found = tokens.iter().find(|t| t.label == args.token || t.serial == args.token);
    let session = match (&args.pin_file, found) {
        (Some(file), _) => module.open_session(&args.token, &token_command::pin_from(file)?)?,
        (None, Some(token)) if token.protected_pin_path => {
            output::note("Nhập PIN trên thiết bị ký · enter the PIN on the token");
            module.open_session_on_pin_pad(&args.token)?
        }
        // Absent: say so before anybody types a PIN.
        (None, None) => return Err(absent(&args.token, &tokens).into()),
        (None, Some(_)) => module.open_session(&args.token, &ask_pin(&args.token)?)?,
    };
    let key = session.key(&args.key)?;
    Ok((session, key))
}

fn absent(label: &str, tokens: &[token::TokenInfo]) -> token::TokenError {
    token::TokenError::TokenAbsent {
        label: label.to_owned(),
        seen: tokens.iter().map(|t| t.label.clone()).collect(),
    }
}

fn ask_pin(token: &str) -> Result<Pin, Stop> {
    let prompt = format!("Mã PIN của thiết bị · PIN of the token “{token}”: ");
    rpassword::prompt_password(prompt).map(Pin::new).map_err(|e| {
        Stop::failed(
            "pin_missing",
            format!("Không hỏi được mã PIN ({e}). Hãy chạy trên terminal hoặc dùng --pin-file."),
            format!("The PIN cannot be asked ({e}). Run on a terminal or give --pin-file."),
        )
    })
}

fn certificate_beside(session: &Session, key: &Key) -> Result<Certificate, Stop> {
    let der = session.certificate_for(key)?.ok_or_else(|| {
        Stop::failed(
            "certificate_missing",
            format!(
                "Thiết bị không có chứng thư nào cho khóa “{}”. Hãy đưa bằng --cert.",
                key.label
            ),
            format!(
                "The token has no certificate for the key \"{}\". Give it by --cert.",
                key.label
            ),
        )
    })?;
    Ok(Certificate::from_der(&der).map_err(|e| Refusal::BadCertificate { why: e.to_string() })?)
}

/// PSS where the token offers it, else PKCS#1, unless the caller says which.
fn scheme(session: &Session, key: &Key, args: &Sign) -> Result<(Scheme, SignatureAlgorithm), Stop> {
    let token_digest = match args.digest {
        Digest::Sha256 => token::Digest::Sha256,
        Digest::Sha384 => token::Digest::Sha384,
        Digest::Sha512 => token::Digest::Sha512,
    };
    let digest = digest(args.digest);
    let pss = (Scheme::RsaPss(token_digest), SignatureAlgorithm::pss(digest));
    let pkcs1 = (Scheme::RsaPkcs1(token_digest), SignatureAlgorithm::RsaPkcs1 { digest });
    let ecdsa = (Scheme::Ecdsa(token_digest), SignatureAlgorithm::Ecdsa { digest });
    let wanted = match (key.kind, args.padding) {
        (token::KeyKind::Ec, _) => vec![ecdsa],
        (_, Some(Padding::Pss)) => vec![pss],
        (_, Some(Padding::Pkcs1)) => vec![pkcs1],
        (_, None) => vec![pss, pkcs1],
    };
    let offered = session.schemes(key);
    if let Some(found) = wanted.iter().find(|(scheme, _)| offered.contains(scheme)) {
        return Ok(*found);
    }
    let scheme = wanted.first().map_or(Scheme::RsaPss(token_digest), |(scheme, _)| *scheme);
    Err(token::TokenError::MechanismNotOffered { scheme }.into())
}

fn digest(wanted: Digest) -> DigestAlgorithm {
    match wanted {
        Digest::Sha256 => DigestAlgorithm::Sha256,
        Digest::Sha384 => DigestAlgorithm::Sha384,
        Digest::Sha512 => DigestAlgorithm::Sha512,
    }
}

fn existing_place(args: &Sign, document: &Document) -> Result<Option<signing::Place>, Stop> {
    let Some(name) = &args.field else { return Ok(None) };
    let outline =
        pades::outline(document.source(), &pades::Limits::default()).map_err(Refusal::from)?;
    place::of_field(document, &outline, name)
}

/// What all steps share.
struct Ceremony {
    trusted: Trusted,
    chain: Vec<Certificate>,
    evidence: Evidence,
    policy: Policy,
    rule: StatusRule,
    net: Net,
}

impl Ceremony {
    fn set_up(args: &Sign, config: &Config) -> Result<Ceremony, Stop> {
        let trusted = trust::load(&args.trust.trust, config)?;
        let mut evidence = trust::answers(&args.crl, &[])?;
        evidence.certificates.extend(trusted.helpers.iter().cloned());
        let chain = trust::certificates_of(&args.chain)?;
        evidence.certificates.extend(chain.iter().cloned());
        Ok(Ceremony {
            trusted,
            chain,
            evidence,
            policy: verify::policy(None, config)?,
            rule: match args.allow_unknown_status {
                true => StatusRule::UnknownAllowed,
                false => StatusRule::Required,
            },
            net: Net::new(config.fetching(), args.offline),
        })
    }

    /// Certificates of authorities on the token help paths, as its maker meant; they are never trust.
    fn take_helpers(&mut self, session: &Session) -> Result<(), Stop> {
        let parsed = session
            .certificates()?
            .into_iter()
            .filter_map(|der| Certificate::from_der(&der).ok().filter(Certificate::is_ca));
        let certificates = parsed.collect();
        self.evidence.merge(Evidence { certificates, ..Evidence::default() });
        Ok(())
    }

    /// What signatures the document has already, judged before anybody is asked for anything.
    fn earlier(&mut self, document: &Document) -> Result<Earlier, Stop> {
        let Some(facts) = signing::read_earlier(document.source())? else {
            return Ok(Earlier::None);
        };
        let (trust, policy) = (&self.trusted.anchors, &self.policy);
        // The clock is read at every judgement: an answer may be a moment younger than the question.
        let report = self.net.complete(&mut self.evidence, |evidence| {
            let report = validation::judge(&facts, evidence, trust, policy, Timestamp::now());
            let missing = report.missing.clone();
            (report, missing)
        })?;
        Ok(signing::earlier(&report)?)
    }

    /// The checks before the token is asked; what is missing is fetched first.
    fn may_sign(
        &mut self,
        certificate: &Certificate,
        algorithm: SignatureAlgorithm,
    ) -> Result<Signer, Stop> {
        let (trust, policy, chain) = (&self.trusted.anchors, &self.policy, &self.chain);
        let check = |evidence: &Evidence, status: StatusRule| {
            let terms = Terms { trust, evidence, policy, status };
            Signer::check(certificate, chain, algorithm, &terms, Timestamp::now())
        };
        let checked = self.net.complete(&mut self.evidence, |evidence| {
            let checked = check(evidence, StatusRule::Required);
            let missing = checked.as_ref().err().map(|r| r.missing().to_vec()).unwrap_or_default();
            (checked, missing)
        })?;
        match checked {
            Err(Refusal::StatusUnknown { .. }) if self.rule == StatusRule::UnknownAllowed => {
                Ok(check(&self.evidence, self.rule)?)
            }
            checked => Ok(checked?),
        }
    }

    /// Bytes, value, timestamp; once more where the room in `/Contents` was too small.
    fn perform(
        &self,
        order: &Order,
        signer: &Signer,
        (base, digest): (&dyn pades::Source, &BaseDigest),
        value: impl Fn(&[u8]) -> Result<Vec<u8>, token::TokenError>,
        tsa: Option<&str>,
    ) -> Result<Candidate, Stop> {
        let mut room = Room::default();
        for _ in 0..ROOM_ROUNDS {
            let state =
                signing::begin(order, signer, base, digest.clone(), room, Timestamp::now())?;
            let made = value(state.bytes())?;
            let mut valued = state.with_value(signer, made)?;
            if valued.wants_timestamp()
                && let Some(url) = tsa
            {
                valued = self.stamped(valued, url)?;
            }
            match valued.finish()? {
                Ok(candidate) => return Ok(candidate),
                Err(signing::NeedsRoom(wanted)) => room = wanted,
            }
        }
        Err(Refusal::NoRoom { why: "/Contents".to_owned() }.into())
    }

    fn stamped<'a>(
        &self,
        valued: signing::Valued<'a>,
        url: &str,
    ) -> Result<signing::Valued<'a>, Stop> {
        let tsa = fetch::Tsa { client: self.net.client(), url };
        let mut nonce: [u8; 8] = net::random()?;
        nonce[0] &= 0x7f; // An INTEGER that is positive without a further byte.
        nonce[0] |= 0x40;
        let response = net::run(tsa.stamp(valued.timestamp_request(&nonce)))??;
        Ok(valued.with_timestamp(&response, &nonce).map_err(|refusal| tsa.not_taken(&refusal))?)
    }

    /// Reads the signed file back and judges it; only what passed may be written, or what the caller
    /// accepted without its status.
    fn validated(
        &mut self,
        candidate: Candidate,
        base: &dyn pades::Source,
        earlier: Earlier,
    ) -> Result<(pades::Update, Report, Option<WhyUnproven>), Stop> {
        let facts = candidate.read(base);
        let (trust, policy, rule) = (&self.trusted.anchors, &self.policy, self.rule);
        let report = self.net.complete(&mut self.evidence, |evidence| {
            let terms = Terms { trust, evidence, policy, status: rule };
            let report = candidate.judge(&facts, &terms, Timestamp::now());
            let missing = report.missing.clone();
            (report, missing)
        })?;
        let field = candidate.field().to_owned();
        match candidate.settle(report, rule, earlier) {
            Outcome::Proven { update, report, .. } => Ok((update, report, None)),
            Outcome::Unproven(unproven) => {
                Ok((unproven.update, unproven.report, Some(unproven.why)))
            }
            Outcome::Rejected(report) => Err(rejected(&report, &field)),
        }
    }
}

/// Ever larger rooms end soon: a TSA's answer is capped.
const ROOM_ROUNDS: u32 = 4;

fn rejected(report: &Report, field: &str) -> Stop {
    output::note(report.to_text("").trim_end());
    let new = report.signatures.iter().find(|s| s.field == field);
    let stamp_failed = |s: &SignatureReport| {
        s.integrity == Integrity::Intact
            && s.timestamps.iter().any(|t| t.indication != Indication::TotalPassed)
    };
    if new.is_some_and(stamp_failed) {
        return Stop::failed(
            "tsa_not_trusted",
            "Dấu thời gian nhận được không đáng tin (xem báo cáo ở trên) nên không ghi tệp nào. Hãy chọn máy chủ khác bằng --tsa, hoặc thêm gốc tin cậy của nó.",
            "The timestamp that came cannot be trusted (see the report above), so no file was written. Name another authority by --tsa, or add its anchor.",
        );
    }
    Stop::failed(
        "result_not_valid",
        "Bản vừa ký không qua được kiểm tra nên không ghi tệp nào (xem báo cáo ở trên).",
        "The signed result did not pass validation, so no file was written (see the report above).",
    )
}

impl Done {
    fn show(&self, args: &Sign) {
        let (code, mut vi, mut en) = match self.why {
            None => ("signed", String::new(), String::new()),
            Some(WhyUnproven::Status) => (
                "signed_status_unknown",
                " CHƯA XÁC ĐỊNH được chứng thư có bị thu hồi hay không: kiểm tra sẽ cho kết quả INDETERMINATE.".to_owned(),
                " It is UNKNOWN whether the certificate is revoked: verification ends INDETERMINATE.".to_owned(),
            ),
            Some(WhyUnproven::EarlierSignature) => (
                "signed_earlier_unproven",
                " Chữ ký mới hợp lệ, nhưng một chữ ký có trước CHƯA được xác nhận (không đổi so với trước khi ký).".to_owned(),
                " The new signature is good, but an earlier one is NOT proven (as it was before).".to_owned(),
            ),
        };
        let (file, level) = (args.output.display().to_string(), level(self.level));
        vi.insert_str(
            0,
            &format!("Đã ký: {file} ({level}, trường {}, người ký {}).", self.field, self.signer),
        );
        en.insert_str(
            0,
            &format!("Signed: {file} ({level}, field {}, signer {}).", self.field, self.signer),
        );
        if args.json {
            output::object(&json!({
                "outcome": "signed", "code": code, "text_vi": vi, "text_en": en, "file": file,
                "sha256": hex(&self.file.0), "level": level, "field": self.field,
            }));
        } else {
            output::line(&format!("{vi}\n{en}"));
        }
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::B => "PAdES-BASELINE-B",
        Level::T => "PAdES-BASELINE-T",
        Level::Lt => "PAdES-BASELINE-LT",
        Level::Lta => "PAdES-BASELINE-LTA",
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
