//! Signing: an activation takes steps of a result in hand, and finishes or fails each.
//!
//! ```text
//! begin (a person, their key, what they saw) ─► in hand ─► finish, step by step ─► state
//!                                                  └─────► fail: out of hand, nothing signed
//! ```
//!
//! While it is in hand nothing else happens to the result. A number that is written is taken at
//! `begin`, stays with the result if signing fails, and becomes void only by `cancel`.

use jiff::{SignedDuration, Timestamp};

use super::{ActState, FileAct, InHand, ProcedureResult, ResultDoc, Seen, State, Transition};
use crate::{
    About, ActKind, ActName, Acting, ActivationId, Effect, EventKind, FileHash, Key, NumberState,
    Refusal, Register, Signer, permit,
};

/// An activation lasts five minutes at most.
pub const ACTIVATION_SECONDS: i64 = 300;
/// After its end a worker may still bring in what was signed before it.
pub const IN_HAND_GRACE_SECONDS: i64 = 60;

/// What a person wants signed of one file of one result.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Begin<'a> {
    pub activation: ActivationId,
    /// End of the activation.
    pub until: Timestamp,
    pub key: &'a Key,
    pub seen: Seen,
    /// Index into the result's files.
    pub file: u16,
    /// At most so many steps; `None`: as many as this key may do in a row.
    pub most_steps: Option<u16>,
    /// The register of the result's series and this year, where a number will be taken.
    pub register: Option<&'a Register>,
}

/// One step as the signer made it, validated.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct Signed {
    pub activation: ActivationId,
    /// Index into the result's acts.
    pub act: u16,
    /// The file before.
    pub base: FileHash,
    /// The file after.
    pub file: FileHash,
    pub bytes: u64,
    pub field: Option<String>,
    /// Chain, status, timestamp and the report that passed: an object.
    pub evidence: FileHash,
    pub best_time: Option<Timestamp>,
}

impl ProcedureResult {
    /// Takes the next steps of one file in hand: those in a row that this person may do with this
    /// key. Several files of one result may be in hand of one activation.
    ///
    /// # Errors
    /// Not permitted, not the next step, changed since, in another activation's hand, the wrong
    /// key, or no register for the number.
    pub fn begin(&self, begin: &Begin<'_>, who: &Acting<'_>, now: Timestamp) -> Transition {
        let Acting::Person { person, position } = who else {
            return Err(Refusal::NotYourRole { act: ActName::Sign });
        };
        if begin.until <= now {
            return Err(Refusal::ActivationOver);
        }
        if begin.until > later(now, ACTIVATION_SECONDS) {
            return Err(Refusal::ActivationTooLong);
        }
        let before = self.held(now).cloned();
        if let Some(hand) = &before {
            let same = hand.activation == begin.activation
                && hand.person == *person
                && hand.position == position.id
                && hand.key == begin.key.id;
            if !same {
                return Err(Refusal::InHand { until: hand.until });
            }
        }
        self.must_be_seen(&begin.seen, begin.file)?;
        let held = before.as_ref().map(|hand| hand.acts.clone()).unwrap_or_default();
        let steps = self.steps(begin, &held, who, now)?;
        let first = steps.first().copied().unwrap_or_default();
        // The table names the act by its first step: initials, sign, number, seal.
        let act = self.act(first)?.kind.act();
        let mut doc = self.after(act, self.state, now)?;
        let mut effects = vec![];
        let writes = steps.iter().filter_map(|step| self.act(*step).ok());
        if writes.into_iter().any(|act| act.kind.writes().number) && doc.number.is_none() {
            let register = self.register(begin.register, now)?;
            let (register, number) = register.take(now)?;
            doc.number = Some(number.clone());
            effects.push(Effect::NumberTaken { register: Box::new(register), number });
        }
        let until = later(begin.until, IN_HAND_GRACE_SECONDS);
        let acts = held.into_iter().chain(steps).collect();
        doc.in_hand = Some(InHand {
            activation: begin.activation,
            person: *person,
            position: position.id,
            key: begin.key.id,
            acts,
            until,
        });
        Ok((ProcedureResult(doc), effects))
    }

    /// One step was signed and validated.
    ///
    /// # Errors
    /// The activation does not hold this step, another step comes first, or the file is not the one
    /// that was signed. Time does not matter: whoever took it meanwhile decides.
    pub fn finish(&self, signed: &Signed, who: &Acting<'_>, now: Timestamp) -> Transition {
        let act = ActName::FinishItem;
        permit(act, who, &self.about(), now)?;
        self.in_state(act)?;
        let hand = self.in_hand.as_ref().filter(|hand| hand.activation == signed.activation);
        let hand = hand.filter(|hand| hand.acts.contains(&signed.act));
        let hand = hand.ok_or(Refusal::NotInHand)?.clone();
        let step = self.act(signed.act)?.clone();
        match self.next_act() {
            Some((next, _)) if next == usize::from(signed.act) => {}
            next => return Err(Refusal::OutOfOrder { next: next.map(|(_, act)| act.kind) }),
        }
        self.in_state(step.kind.act())?;
        let at = usize::from(step.file);
        let file = self.files.get(at).ok_or(Refusal::Unknown { what: "file" })?;
        if file.current != signed.base || signed.file == signed.base || signed.bytes <= file.bytes {
            return Err(Refusal::OtherFile);
        }
        let mut acts = self.acts.clone();
        let state = acts.get_mut(usize::from(signed.act)).map(|act| &mut act.state);
        *state.ok_or(Refusal::NotInHand)? = ActState::Done {
            person: hand.person,
            position: hand.position,
            key: hand.key,
            at: now,
            activation: hand.activation,
            field: signed.field.clone(),
            file: signed.file,
            evidence: signed.evidence,
            best_time: signed.best_time,
        };
        let to = match self.state {
            State::Submitted => State::Submitted,
            _ => ResultDoc { acts: acts.clone(), ..self.0.clone() }.derived(),
        };
        let mut doc = self.after(act, to, now)?;
        doc.acts = acts;
        if let Some(file) = doc.files.get_mut(at) {
            file.current = signed.file;
            file.bytes = signed.bytes;
        }
        let rest: Vec<u16> = hand.acts.iter().copied().filter(|a| *a != signed.act).collect();
        doc.in_hand = (!rest.is_empty()).then_some(InHand { acts: rest, ..hand });
        let mut effects = vec![];
        if step.kind.writes().number {
            let number = doc.number.as_mut().ok_or(Refusal::NotInHand)?;
            number.state = NumberState::Used;
            effects.push(Effect::NumberUsed(number.clone()));
        }
        effects.push(Effect::Event(event(step.kind, self.state, to)));
        Ok((ProcedureResult(doc), effects))
    }

    /// The steps of one file are not signed; they may be begun again. A number that was taken stays
    /// with the result.
    ///
    /// # Errors
    /// The activation does not hold this file.
    pub fn fail(
        &self,
        activation: ActivationId,
        file: u16,
        why: &str,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Transition {
        let act = ActName::FailItem;
        permit(act, who, &self.about(), now)?;
        self.in_state(act)?;
        let hand = self.in_hand.as_ref().filter(|hand| hand.activation == activation);
        let hand = hand.ok_or(Refusal::NotInHand)?.clone();
        let of_file = |step: &u16| self.act(*step).is_ok_and(|act| act.file == file);
        if !hand.acts.iter().any(of_file) {
            return Err(Refusal::NotInHand);
        }
        let rest: Vec<u16> = hand.acts.iter().copied().filter(|step| !of_file(step)).collect();
        let mut doc = self.after(act, self.state, now)?;
        doc.in_hand = (!rest.is_empty()).then_some(InHand { acts: rest, ..hand });
        let why: String = why.chars().filter(|c| !c.is_control()).take(500).collect();
        doc.note(act, who, now, why);
        Ok((ProcedureResult(doc), vec![Effect::Event(EventKind::StepFailed)]))
    }

    /// The steps in a row of one file, from the first that is neither done nor held.
    fn steps(
        &self,
        begin: &Begin<'_>,
        held: &[u16],
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<Vec<u16>, Refusal> {
        let mut open = self.acts.iter().enumerate().filter_map(|(i, act)| {
            let i = u16::try_from(i).ok()?;
            (!act.is_done() && !held.contains(&i)).then_some((i, act))
        });
        let most = usize::from(begin.most_steps.unwrap_or(u16::MAX)).max(1);
        let first = open.next().ok_or(Refusal::OutOfOrder { next: None })?;
        if first.1.file != begin.file {
            return Err(Refusal::OutOfOrder { next: Some(first.1.kind) });
        }
        self.may_step(first.1, begin.key, who, now)?;
        let more = open.take_while(|(_, act)| {
            act.file == begin.file
                && act.key == first.1.key
                // Initials come before approval, signatures after.
                && (act.kind == ActKind::Initial) == (first.1.kind == ActKind::Initial)
                && self.may_step(act, begin.key, who, now).is_ok()
        });
        Ok(std::iter::once(first).chain(more).take(most).map(|(i, _)| i).collect())
    }

    fn may_step(
        &self,
        step: &FileAct,
        key: &Key,
        who: &Acting<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let act = step.kind.act();
        let named = match step.by {
            Signer::Position(position) => Some(position),
            Signer::Registry | Signer::SigningPosition => None,
        };
        permit(act, who, &About { named, ..self.about() }, now)?;
        self.in_state(act)?;
        let person = who.person().ok_or(Refusal::KeyNotYours)?;
        key.usable(step.key, self.agency(), person)
    }

    fn act(&self, step: u16) -> Result<&FileAct, Refusal> {
        self.acts.get(usize::from(step)).ok_or(Refusal::NotInHand)
    }

    fn register<'a>(
        &self,
        register: Option<&'a Register>,
        now: Timestamp,
    ) -> Result<&'a Register, Refusal> {
        let series = self.terms.series.clone().unwrap_or_default();
        let fits = |r: &&Register| r.agency == self.agency() && r.series == series;
        let year = crate::year_in_vietnam(now);
        register.filter(fits).ok_or(Refusal::NoRegister { series, year })
    }
}

fn event(step: ActKind, from: State, to: State) -> EventKind {
    match (step, to) {
        (ActKind::Initial, _) => EventKind::Initialled,
        _ if from == to => EventKind::StepDone,
        (_, State::Signed) => EventKind::Signed,
        (_, State::Numbered) => EventKind::Numbered,
        (_, State::Sealed) => EventKind::Sealed,
        _ => EventKind::StepDone,
    }
}

fn later(from: Timestamp, seconds: i64) -> Timestamp {
    from.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
