//! The ceremony for one item: its orders one upon the other, each validated before the next begins.

use pades::Source;
use pki::DigestAlgorithm;
use signing::{BaseDigest, Candidate, Earlier, Order, Outcome, Room, Signer, StatusRule, Valued};
use validation::{Conclusion, Indication, Integrity, Report, SubIndication};

use super::Inner;
use super::activation::{Activation, Answered, Made, Progress};
use super::fault;
use super::journal::Event;
use super::knowledge::{now, random};
use crate::protocol::{Fault, NO_BASE, SignItem, StepInfo, Then, hex};

/// Ever larger rooms end soon: a TSA's answer is capped.
const ROOM_ROUNDS: u32 = 4;

/// Signs an approved item. What was made and can be gone on with stays in `progress`.
pub(super) fn perform(
    engine: &Inner,
    activation: &Activation,
    item: &SignItem,
    document: Vec<u8>,
    progress: &mut Progress,
) -> Result<Answered, Fault> {
    let mut file = document;
    let first = item.orders.first().ok_or_else(|| fault::bad_request("no order"))?;
    let digest = BaseDigest::of(&file).map_err(|e| fault::broken(&e.to_string()))?;
    if digest.hash() != first.base {
        return Err(signing::Refusal::BaseChanged.into());
    }
    for made in &progress.steps {
        file.extend_from_slice(&made.tail);
    }
    let mut digest = Some(digest).filter(|_| progress.steps.is_empty());
    for (at, order) in item.orders.iter().enumerate().skip(progress.steps.len()) {
        let digest = match digest.take() {
            Some(digest) => digest,
            None => BaseDigest::of(&file).map_err(|e| fault::broken(&e.to_string()))?,
        };
        let mut order = order.clone();
        if at > 0 {
            if order.base != NO_BASE {
                return Err(fault::bad_request("a later order names a base"));
            }
            order.base = digest.hash();
        }
        let signer = activation.key.signer(&activation.ready, &engine.knowledge)?;
        let step = Step {
            engine,
            activation,
            signer: &signer,
            order: &order,
            base: &file,
            // The steps before were just validated here.
            earlier: if at == 0 { earlier(engine, &file)? } else { Earlier::Passed },
        };
        let place = Place { item, index: item.index, step: u32::try_from(at).unwrap_or(u32::MAX) };
        let made = step.make(&digest, &place, &mut progress.valued)?;
        file.extend_from_slice(&made.tail);
        progress.steps.push(made);
    }
    let files = progress.steps.iter().map(|made| hex(&made.info.file.0)).collect();
    let signed = Event::Signed { activation: activation.id, index: item.index, files };
    let log = engine.journal.append(signed)?;
    Ok(Answered { steps: std::mem::take(&mut progress.steps), log })
}

/// What signatures the document has already, judged before the token is asked.
fn earlier(engine: &Inner, file: &Vec<u8>) -> Result<Earlier, Fault> {
    let Some(facts) = signing::read_earlier(file)? else { return Ok(Earlier::None) };
    let knowledge = &engine.knowledge;
    let (report, _) = knowledge.complete(|evidence| {
        let (trust, policy) = (&knowledge.trust, &knowledge.policy);
        let report = validation::judge(&facts, evidence, trust, policy, now());
        let missing = report.missing.clone();
        (report, missing)
    });
    match signing::earlier(&report)? {
        Earlier::Unproven if try_later(&report) => Err(fault::status_pending()),
        Earlier::Unproven => Err(fault::earlier_not_proven()),
        known => Ok(known),
    }
}

struct Place<'a> {
    item: &'a SignItem,
    index: u32,
    step: u32,
}

struct Step<'a> {
    engine: &'a Inner,
    activation: &'a Activation,
    signer: &'a Signer,
    order: &'a Order,
    base: &'a Vec<u8>,
    earlier: Earlier,
}

impl Step<'_> {
    fn make(
        &self,
        digest: &BaseDigest,
        place: &Place<'_>,
        kept: &mut Option<(signing::ToBeSigned, Vec<u8>)>,
    ) -> Result<Made, Fault> {
        let mut room = self.engine.room();
        for _ in 0..ROOM_ROUNDS {
            let (state, value) = match kept.take() {
                Some(valued) => valued,
                None => self.value(digest, place, room)?,
            };
            let valued = match self.stamped(state.clone().with_value(self.signer, value.clone())?) {
                Ok(valued) => valued,
                Err(fault) => {
                    // Asked again, the same value is stamped: the token does not sign twice for it.
                    *kept = Some((state, value));
                    return Err(fault);
                }
            };
            match valued.finish()? {
                Ok(candidate) => {
                    return self.validated(candidate).inspect_err(|fault| {
                        if fault.then == Then::Again {
                            *kept = Some((state, value));
                        }
                    });
                }
                Err(signing::NeedsRoom(wanted)) => room = wanted,
            }
        }
        Err(signing::Refusal::NoRoom { why: "/Contents".to_owned() }.into())
    }

    /// Asks the token, after the log has it on disk: if we die between the two, the log names a
    /// signature that nobody ever saw, never the other way round.
    fn value(
        &self,
        digest: &BaseDigest,
        place: &Place<'_>,
        room: Room,
    ) -> Result<(signing::ToBeSigned, Vec<u8>), Fault> {
        if self.order.level == signing::Level::T && self.engine.tsa.is_none() {
            return Err(fault::tsa_missing());
        }
        let base = self.base as &dyn Source;
        let state = signing::begin(self.order, self.signer, base, digest.clone(), room, now())?;
        self.activation.alive()?;
        self.engine.journal.append(Event::Signing {
            activation: self.activation.id,
            index: place.index,
            item: place.item.hash(),
            step: place.step,
            base: hex(&digest.hash().0),
            over: hex(&DigestAlgorithm::Sha256.digest(state.bytes())),
        })?;
        let value = self.activation.owner.sign(state.bytes())?;
        Ok((state, value))
    }

    fn stamped<'a>(&self, valued: Valued<'a>) -> Result<Valued<'a>, Fault> {
        let Some(url) = self.engine.tsa.as_deref().filter(|_| valued.wants_timestamp()) else {
            return Ok(valued);
        };
        let mut nonce: [u8; 8] = random().map_err(|e| fault::broken(&e.to_string()))?;
        nonce[0] = nonce[0] & 0x7f | 0x40; // A positive INTEGER of eight bytes.
        let knowledge = &self.engine.knowledge;
        let response = knowledge.stamp(url, &valued.timestamp_request(&nonce))?;
        let stamped = valued
            .with_timestamp(&response, &nonce)
            .map_err(|refusal| knowledge.not_taken(url, &refusal))?;
        self.engine.learn(stamped.room());
        Ok(stamped)
    }

    /// Reads the signed file back and judges it; only what passed leaves.
    fn validated(&self, candidate: Candidate) -> Result<Made, Fault> {
        let facts = candidate.read(self.base);
        let knowledge = &self.engine.knowledge;
        let (report, evidence) = knowledge.complete(|evidence| {
            let report = candidate.judge(&facts, &knowledge.terms(evidence), now());
            let missing = report.missing.clone();
            (report, missing)
        });
        let field = candidate.field().to_owned();
        let (update, passed, report) =
            match candidate.settle(report, StatusRule::Required, self.earlier) {
                Outcome::Proven { update, passed, report } => (update, passed, report),
                Outcome::Unproven(unproven) if try_later(&unproven.report) => {
                    return Err(fault::status_pending());
                }
                Outcome::Unproven(_) => return Err(fault::earlier_not_proven()),
                Outcome::Rejected(report) => return Err(rejected(&report, &field)),
            };
        if update.base != self.order.base {
            return Err(signing::Refusal::BaseChanged.into());
        }
        let new = report.signatures.iter().find(|s| s.field == field);
        let best_time = new.map_or(report.at, |s| s.best_time);
        Ok(Made {
            info: StepInfo {
                field,
                file: passed.file(),
                level: self.order.level,
                policy: passed.policy().to_owned(),
                at: passed.at(),
                best_time,
            },
            tail: update.tail,
            evidence: evidence.used_by(&report).to_json().into_bytes(),
        })
    }
}

/// Nothing is wrong but that a status could not be found out.
fn try_later(report: &Report) -> bool {
    let later = |s: &validation::SignatureReport| {
        s.indication == Indication::TotalPassed || s.sub_indication == Some(SubIndication::TryLater)
    };
    report.conclusion == Conclusion::Indeterminate
        && report.signatures.iter().all(later)
        && !report.missing.is_empty()
}

fn rejected(report: &Report, field: &str) -> Fault {
    if try_later(report) {
        return fault::status_pending();
    }
    tracing::error!(report = report.to_text(""), "the signed result did not pass validation");
    let new = report.signatures.iter().find(|s| s.field == field);
    let stamp_failed = new.is_some_and(|s| {
        s.integrity == Integrity::Intact
            && s.timestamps.iter().any(|t| t.indication != Indication::TotalPassed)
    });
    if stamp_failed {
        return fault::failed(
            "tsa_not_trusted",
            Then::Over,
            "Dấu thời gian nhận được không đáng tin nên không trả kết quả ký. Hãy kiểm tra máy chủ dấu thời gian và kho tin cậy của bộ ký.",
            "The timestamp that came cannot be trusted, so no signed file is given. Check the timestamp authority and the signer's anchors.",
        );
    }
    let detail = new.and_then(|s| s.sub_indication).map(|sub| format!("{sub:?}"));
    fault::result_not_valid(&detail.unwrap_or_else(|| format!("{:?}", report.conclusion)))
}
