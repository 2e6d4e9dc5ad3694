//! Orders of a result, carried out with the lab's keys: every file validates TOTAL_PASSED, and what the
//! acts show covers nothing but what may be covered.

use std::fs;

use issuance::{
    ActSpec, ActState, CheckCode, File, FileAct, FileRole, Kind, Layout, Number, NumberState,
    ResultDoc, State, Submission, Submitter, Terms,
};
use jiff::Timestamp;
use jiff::civil::date;
use lab::documents::{LabDocument, pictures};
use office::draft::{Header, KeyInk, Prepared, orders};
use pki::{Certificate, Crl, SignatureAlgorithm, TrustStore};
use signing::{
    BaseDigest, Earlier, Level, Order, Outcome, Room, StatusRule, Terms as SigningTerms,
};
use token::{Digest, Scheme};
use validation::{Conclusion, Evidence, LaterChanges, Limits, Policy};

use super::{acts, by_anchors, by_millimetres, documents, prepared, six_acts};

#[test]
fn four_and_six_signatures_in_every_document() {
    let world = World::new();
    let folder = super::root().join("target/show/orders");
    fs::create_dir_all(&folder).unwrap();
    for document in documents() {
        for (acts, layout, certify, form) in [
            (acts(), by_anchors(&document), None, "anchors"),
            (acts(), by_millimetres(&document), Some(2), "certified"),
            (six_acts(), by_anchors(&document), None, "six"),
            (six_acts(), by_anchors(&document), Some(2), "six-certified"),
        ] {
            // Six with their pictures once is enough for the forms that qpdf rewrote.
            if form.starts_with("six") && document.name.contains("xref-stream") {
                continue;
            }
            let what = format!("{}-{form}", document.name);
            let made = made(&document, &acts, &layout, certify.is_some());
            let signed = world.carry_out(&what, &made, &acts, certify);
            fs::write(folder.join(format!("{what}.pdf")), &signed).unwrap();
            let report = world.report(&signed);
            assert_eq!(
                report.conclusion,
                Conclusion::TotalPassed,
                "{what}: {}",
                report.to_text("")
            );
            assert_eq!(report.signatures.len(), acts.len(), "{what}");
            assert_ne!(report.later_changes, LaterChanges::NotPermitted, "{what}");
            covers_only_what_it_may(&what, &made.pdf, &signed);
        }
    }
}

fn made(document: &LabDocument, acts: &[ActSpec], layout: &Layout, certify: bool) -> Prepared {
    prepared(document, acts, layout, certify).unwrap_or_else(|e| panic!("{}: {e}", document.name))
}

/// By the pictures that were really painted.
fn covers_only_what_it_may(what: &str, before: &[u8], signed: &[u8]) {
    let document = page::Document::open(signed).unwrap();
    for page in 0..document.pages() {
        for widget in document.signature_widgets(page).unwrap() {
            let own = page::Widget { field: widget.field.clone(), page, rect: [0.0; 4] };
            for covered in page::covers(before, signed, &[own]) {
                let seal = widget.field.starts_with("Seal");
                let block = covered.what == "text" && seal;
                let may = covered.what == "blank" || covered.what.starts_with("widget:") || block;
                assert!(may, "{what}: {covered:?}");
            }
        }
    }
}

/// The lab's keys, and by what they are judged.
struct World {
    lab: lab::Lab,
    trust: TrustStore,
    evidence: Evidence,
    policy: Policy,
}

impl World {
    fn new() -> World {
        let lab = lab::testing::lab().unwrap();
        let mut trust = TrustStore::default();
        trust.add(Certificate::from_der(&lab.certificate("root").unwrap().der).unwrap());
        let mut evidence = Evidence::default();
        let issuing = &lab.certificate("issuing").unwrap().der;
        evidence.certificates.push(Certificate::from_der(issuing).unwrap());
        for authority in ["root", "issuing"] {
            let crl = fs::read(lab.crl_dir().join(format!("{authority}.crl"))).unwrap();
            evidence.crls.push(Crl::from_bytes(&crl).unwrap());
        }
        World { lab, trust, evidence, policy: Policy::default() }
    }

    fn terms(&self) -> SigningTerms<'_> {
        SigningTerms {
            trust: &self.trust,
            evidence: &self.evidence,
            policy: &self.policy,
            status: StatusRule::Required,
        }
    }

    fn report(&self, file: &[u8]) -> validation::Report {
        let facts = validation::read(&file, &Limits::default());
        validation::judge(&facts, &self.evidence, &self.trust, &self.policy, Timestamp::now())
    }

    /// The official's steps by one chain of orders, văn thư's by another.
    fn carry_out(
        &self,
        what: &str,
        made: &Prepared,
        acts: &[ActSpec],
        certify: Option<u8>,
    ) -> Vec<u8> {
        let mut result = result(made, acts, certify);
        let (official, seal, initials) = (
            pictures::signature_official().unwrap(),
            pictures::seal().unwrap(),
            pictures::initials().unwrap(),
        );
        let mut file = made.pdf.clone();
        let steps: Vec<u16> = (0..u16::try_from(acts.len()).unwrap()).collect();
        let (persons, registry) = steps.split_at(2);
        for (holder, steps, image) in [("official", persons, &official), ("seal", registry, &seal)]
        {
            let der = self.lab.certificate(holder).unwrap().der.clone();
            let by = KeyInk {
                certificate: &der,
                algorithm: SignatureAlgorithm::from(Scheme::RsaPss(Digest::Sha256)),
                name: "Nguyễn Hữu Phước An",
                image: Some(image),
                initials: Some(&initials),
            };
            let header = Header { number: result.number.as_ref(), today: date(2026, 1, 5) };
            let chain = orders(&result, steps, &by, header, Level::B)
                .unwrap_or_else(|e| panic!("{what}: {e}"));
            assert_eq!(chain.len(), steps.len());
            for mut order in chain {
                if order.base.0 == [0; 32] {
                    order.base = BaseDigest::of(&file).unwrap().hash();
                }
                file = self.sign(what, holder, &order, &file);
            }
            for step in steps {
                result.acts[usize::from(*step)].state = done(&result);
            }
            result.files[0].current = issuance::FileHash::of(&file);
        }
        file
    }

    fn sign(&self, what: &str, holder: &str, order: &Order, base: &[u8]) -> Vec<u8> {
        let session = self.lab.session(holder).unwrap();
        let key = session.key(holder).unwrap();
        let certificate = Certificate::from_der(&order.certificate).unwrap();
        let now = Timestamp::now();
        let terms = self.terms();
        let signer =
            signing::Signer::check(&certificate, &[], order.algorithm, &terms, now).unwrap();
        let digest = BaseDigest::of(&base).unwrap();
        let state = signing::begin(order, &signer, &base, digest, Room::default(), now)
            .unwrap_or_else(|e| panic!("{what} {:?}: {e}", order.field));
        let value = session.sign(&key, Scheme::RsaPss(Digest::Sha256), state.bytes()).unwrap();
        let candidate = state.with_value(&signer, value).unwrap().finish().unwrap().unwrap();
        let report = candidate.judge(&candidate.read(&base), &terms, now);
        match candidate.settle(report, StatusRule::Required, Earlier::Passed) {
            Outcome::Proven { update, .. } => [base, update.tail.as_slice()].concat(),
            Outcome::Unproven(unproven) => panic!("{what}: {}", unproven.report.to_text("")),
            Outcome::Rejected(report) => panic!("{what}: {}", report.to_text("")),
        }
    }
}

fn done(result: &ResultDoc) -> ActState {
    ActState::Done {
        person: uuid::Uuid::nil().into(),
        position: uuid::Uuid::nil().into(),
        key: uuid::Uuid::nil().into(),
        at: result.updated,
        activation: uuid::Uuid::nil().into(),
        field: None,
        file: result.files[0].current,
        evidence: result.files[0].current,
        best_time: None,
    }
}

/// A result as the store would give it: only what orders look at is filled.
fn result(made: &Prepared, acts: &[ActSpec], certify: Option<u8>) -> ResultDoc {
    let nil = uuid::Uuid::nil();
    let hash = issuance::FileHash::of(&made.pdf);
    let act = |spec: &ActSpec| FileAct {
        file: 0,
        kind: spec.kind,
        by: spec.by,
        key: spec.key,
        place: spec.place.clone(),
        state: ActState::Waiting,
    };
    ResultDoc {
        id: nil.into(),
        code: CheckCode::new([7; 16]),
        submission: Submission {
            slips: vec![],
            dossiers: vec![],
            procedure: nil.into(),
            agency: nil.into(),
            receiving_place: nil.into(),
            signing_position: Some(nil.into()),
            title: "Giấy chứng nhận".into(),
            holders: vec![],
            deadline: None,
            channel: issuance::Channel::Counter,
            fields: vec![],
            kind: Kind::Draft,
        },
        submitter: Submitter::Person { person: nil.into(), position: nil.into() },
        submitted: Timestamp::UNIX_EPOCH,
        updated: Timestamp::UNIX_EPOCH,
        state: State::Approved,
        revision: 1,
        version: 1,
        procedure_version: 1,
        terms: Terms { certify, ..Terms::default() },
        files: vec![File {
            role: FileRole::Main,
            submitted: hash,
            current: hash,
            bytes: made.pdf.len() as u64,
        }],
        boxes: made.boxes.clone(),
        acts: acts.iter().map(act).collect(),
        number: Some(Number {
            register: nil.into(),
            seq: 5,
            text: "05/QĐ-UBND".into(),
            date: date(2026, 1, 5),
            state: NumberState::Taken,
        }),
        void_numbers: vec![],
        in_hand: None,
        intake: None,
        reasons: vec![],
        leaves: vec![],
        issued: None,
        superseded_by: None,
    }
}
