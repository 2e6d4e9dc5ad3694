//! Random walks over results of both doors by everybody at any time: what holds after each step.

use std::collections::{BTreeMap, BTreeSet};

use issuance::{
    ActKind, ActState, Acting, CheckCode, Door, Effect, FileHash, Finding, KeyOwner, LeafKind,
    NumberState, PersonId, ProcedureResult, Proposal, ProposalId, Proposed, Refusal, Register,
    ResultId, Role, State, Validation,
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::world::{
    JUSTICE, World, activation, agency, begin, draft, elsewhere, incoming, noon, seen, signed, uuid,
};

/// What an observer outside remembers, by which the crate is judged.
#[derive(Default)]
struct Ledger {
    /// Every number that was ever taken or entered: whose it is and whether it is void.
    numbers: BTreeMap<u32, (ResultId, bool)>,
    /// Signatures that the "signer" made: (result, revision, act).
    signatures: BTreeSet<(ResultId, u32, u16)>,
    passed: BTreeSet<ResultId>,
    reached: BTreeMap<State, usize>,
    issued: BTreeMap<&'static str, usize>,
    /// Who proposed.
    refusals: usize,
}

struct Walk {
    world: World,
    results: Vec<ProcedureResult>,
    proposals: Vec<Proposal>,
    register: Register,
    now: Timestamp,
    fresh: u128,
    ledger: Ledger,
}

/// Takes small numbers out of one random word.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        let sides = sides.max(1) as u64;
        let n = self.0 % sides;
        self.0 = (self.0 / sides).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.0.rotate_right(17);
        n as usize
    }
}

/// What would bring the result on.
fn helpful(result: &ProcedureResult, now: Timestamp) -> usize {
    match result.state {
        _ if result.held(now).is_some() => 6,
        State::Submitted | State::AwaitingEvidence if result.door() == Door::Elsewhere => 13,
        State::Submitted if result.initialled() => 2,
        State::Returned | State::Cancelled => 12,
        State::Accepted => 11,
        State::Signed | State::Numbered | State::Sealed if result.ready().is_ok() => 11,
        State::Issued | State::Suspended => 14,
        _ => 3,
    }
}

impl Walk {
    fn new() -> Self {
        let world = World::new();
        let register = world.register(600, 2026);
        let mut walk = Self {
            world,
            results: vec![],
            proposals: vec![],
            register,
            now: noon(),
            fresh: 10_000,
            ledger: Ledger::default(),
        };
        for n in 0..3 {
            let plain = walk.world.plain.clone();
            let made = match n {
                0 => walk.world.submit_of(n + 30, &walk.world.procedure, 1, noon()),
                1 => walk.world.submit_of(n + 30, &plain, 0, noon()),
                _ => walk.elsewhere(n + 30),
            };
            walk.results.push(made);
        }
        walk
    }

    fn elsewhere(&self, n: u128) -> ProcedureResult {
        let procedure = &self.world.procedure;
        let submission = elsewhere(procedure, "12/QĐ-STP");
        let incoming = incoming(procedure, submission, 0, n as u64, noon());
        let (id, code) = (ResultId::new(uuid(n)), CheckCode::new(uuid(n).into_bytes()));
        let client = Acting::Client(&self.world.client);
        ProcedureResult::submit(id, code, incoming, procedure, None, &client, noon()).unwrap().0
    }

    fn step(&mut self, word: u64) {
        let mut dice = Dice(word);
        // Mostly seconds, now and then past the end of an activation.
        let pause = [1, 2, 5, 400][dice.roll(4)];
        self.now += SignedDuration::from_secs(pause);
        let at = dice.roll(self.results.len());
        let who = dice.roll(self.world.positions.len() + 6);
        self.fresh += 1;
        let before = self.results[at].clone();
        let done = self.act(&mut dice, at, who);
        match done {
            Ok((after, effects)) => {
                self.judge(&before, &after, &effects, who);
                self.results[at] = after;
            }
            Err(_) => self.ledger.refusals += 1,
        }
    }

    /// Half of the time the person whose turn it is, so that walks get somewhere.
    fn person(&self, result: &ProcedureResult, who: usize) -> usize {
        let positions = &self.world.positions;
        if who < positions.len() {
            return who;
        }
        let role = match result.state {
            State::Submitted if !result.initialled() => Role::CaseOfficer,
            State::Submitted | State::Approved => Role::Official,
            State::Returned | State::Cancelled => Role::CaseOfficer,
            _ => Role::RegistryClerk,
        };
        positions
            .iter()
            .position(|p| p.agency == agency(JUSTICE) && p.roles.contains(&role))
            .unwrap()
    }

    fn act(
        &mut self,
        dice: &mut Dice,
        at: usize,
        who: usize,
    ) -> Result<(ProcedureResult, Vec<Effect>), Refusal> {
        let now = self.now;
        let result = self.results[at].clone();
        let place = self.person(&result, who);
        let position = self.world.positions[place].clone();
        let person = match dice.roll(20) {
            // Somebody else's position.
            0 => PersonId::new(uuid(77)),
            _ => position.person,
        };
        let client = self.world.client.clone();
        let acting = match dice.roll(12) {
            0 => Acting::Client(&client),
            1 => Acting::System,
            _ => Acting::Person { person, position: &position },
        };
        let saw = seen(&result, 0);
        let op = match dice.roll(2) {
            0 => dice.roll(15),
            _ => helpful(&result, now),
        };
        match op {
            0 => result.return_(&saw, "sai", &acting, now),
            1 if dice.roll(6) == 0 => result.withdraw("rút", &acting, now),
            1 | 2 => result.approve(&saw, &acting, now),
            3..=5 => {
                let step = result.next_act().map(|(_, act)| (act.file, act.key));
                let (file, key) = step.unwrap_or((0, issuance::KeyUse::Person));
                let keys = &self.world.keys;
                let fits = |k: &&issuance::Key| match key {
                    issuance::KeyUse::Person => k.owner == KeyOwner::Person(position.person),
                    issuance::KeyUse::Seal => {
                        k.owner == KeyOwner::Seal && k.agency == position.agency
                    }
                };
                let key = match dice.roll(6) {
                    0 => &keys[dice.roll(keys.len())],
                    _ => keys.iter().find(fits).unwrap_or(&keys[0]),
                };
                let n = self.fresh;
                let wish = begin(&result, n, key, file, Some(&self.register), now);
                result.begin(&wish, &acting, now)
            }
            6..=8 => {
                let Some(hand) = result.in_hand.clone() else { return Err(Refusal::NotInHand) };
                let step = hand.acts[dice.roll(hand.acts.len())];
                let mut made = signed(&result, 0, step);
                made.activation = hand.activation;
                if dice.roll(10) == 0 {
                    made.activation = activation(1);
                }
                let acting = if dice.roll(10) == 0 { acting } else { Acting::System };
                let done = result.finish(&made, &acting, now);
                if done.is_ok() {
                    self.ledger.signatures.insert((result.id, result.revision, step));
                }
                done
            }
            9 => {
                let Some(hand) = result.in_hand.clone() else { return Err(Refusal::NotInHand) };
                result.fail(hand.activation, dice.roll(2) as u16, "lỗi", &Acting::System, now)
            }
            10 => match dice.roll(4) {
                0 => result.cancel("sai", &acting, now),
                _ => result.issue(&acting, now),
            },
            11 => result.issue(&acting, now),
            12 => {
                let procedure = match result.procedure() == self.world.procedure.id {
                    true => self.world.procedure.clone(),
                    false => self.world.plain.clone(),
                };
                let incoming = incoming(&procedure, draft(&procedure), 0, self.fresh as u64, now);
                let named = self.world.position(crate::world::at(JUSTICE, Role::Official));
                result.resubmit(incoming, &procedure, Some(named), &acting, now)
            }
            13 => {
                let finding = match dice.roll(3) {
                    0 => Finding::Passed { hierarchy: None, signers: vec![] },
                    1 => Finding::WantsEvidence { missing: vec![] },
                    _ => Finding::Failed {
                        code: "broken".to_owned(),
                        text_vi: "hỏng".to_owned(),
                        text_en: "broken".to_owned(),
                    },
                };
                let passed = matches!(finding, Finding::Passed { .. });
                let file = match dice.roll(8) {
                    0 => FileHash::of(b"another"),
                    _ => result.files[0].current,
                };
                let validation = Validation {
                    file,
                    finding,
                    policy: "pades-baseline@1".to_owned(),
                    at: now,
                    evidence: FileHash::of(b"report"),
                };
                let acting = if dice.roll(8) == 0 { acting } else { Acting::System };
                let register = Some((&self.register, None));
                let done = result.judge_intake(validation, register, &acting, now);
                if passed && file == result.files[0].current && done.is_ok() {
                    self.ledger.passed.insert(result.id);
                }
                done
            }
            _ => self.two_people(dice, &result, &acting, now),
        }
    }

    fn two_people(
        &mut self,
        dice: &mut Dice,
        result: &ProcedureResult,
        acting: &Acting<'_>,
        now: Timestamp,
    ) -> Result<(ProcedureResult, Vec<Effect>), Refusal> {
        let other = self.results[dice.roll(self.results.len())].clone();
        if dice.roll(2) == 0 || self.proposals.is_empty() {
            let proposed = match dice.roll(4) {
                0 => Proposed::Revoke,
                1 => Proposed::Suspend,
                2 => Proposed::Resume,
                _ => Proposed::Supersede { by: other.id },
            };
            let id = ProposalId::new(uuid(self.fresh));
            let made = result.propose(id, proposed, "sai", Some(&other), acting, now);
            self.proposals.extend(made.ok().map(|(proposal, _)| proposal));
            return Err(Refusal::ProposalClosed);
        }
        let n = dice.roll(self.proposals.len());
        let proposal = self.proposals[n].clone();
        let successor = match proposal.proposed {
            Proposed::Supersede { by } => self.results.iter().find(|r| r.id == by).cloned(),
            _ => None,
        };
        let (after, decided, effects) =
            result.confirm(&proposal, successor.as_ref(), acting, now)?;
        assert_ne!(Some(proposal.person), acting.person(), "one person alone");
        self.proposals[n] = decided;
        Ok((after, effects))
    }

    fn judge(
        &mut self,
        before: &ProcedureResult,
        after: &ProcedureResult,
        effects: &[Effect],
        who: usize,
    ) {
        let _ = who;
        assert_eq!(after.version, before.version + 1);
        assert_eq!((after.id, after.code), (before.id, before.code));
        assert!(after.revision >= before.revision);
        *self.ledger.reached.entry(after.state).or_default() += 1;
        self.judge_numbers(after, effects);
        self.judge_signatures(after);
        if after.state == State::Issued && before.state != State::Suspended {
            self.judge_issue(before, after, effects);
        }
        let leaf = |kind| effects.contains(&Effect::Leaf(kind));
        for (state, kind) in [
            (State::Revoked, LeafKind::Revoke),
            (State::Suspended, LeafKind::Suspend),
            (State::Superseded, LeafKind::Supersede),
        ] {
            if after.state == state {
                assert!(leaf(kind), "{state} without its leaf");
                assert!(before.state.was_issued());
            }
        }
        // What was issued stays issued, whatever becomes of it.
        assert!(!before.state.was_issued() || after.state.was_issued());
        let json = serde_json::to_string(after).unwrap();
        assert_eq!(&serde_json::from_str::<ProcedureResult>(&json).unwrap(), after);
    }

    fn judge_numbers(&mut self, after: &ProcedureResult, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::NumberTaken { register, number } => {
                    let owner = (after.id, false);
                    let old = self.ledger.numbers.insert(number.seq, owner);
                    assert_eq!(old, None, "number {} given twice", number.seq);
                    self.register = (**register).clone();
                }
                Effect::NumberEntered { register, entry } => {
                    let owner = (after.id, false);
                    let old = self.ledger.numbers.insert(entry.number.seq, owner);
                    assert_eq!(old, None, "number {} entered twice", entry.number.seq);
                    self.register = (**register).clone();
                }
                Effect::NumberUsed(number) => {
                    assert_eq!(self.ledger.numbers.get(&number.seq), Some(&(after.id, false)));
                }
                Effect::NumberVoid { number, reason } => {
                    assert!(!reason.is_empty());
                    let owner = self.ledger.numbers.get_mut(&number.seq).unwrap();
                    assert_eq!(*owner, (after.id, false));
                    owner.1 = true;
                }
                Effect::Event(_) | Effect::Leaf(_) => {}
            }
        }
        if let Some(number) = &after.number {
            assert_eq!(self.ledger.numbers.get(&number.seq), Some(&(after.id, false)));
            assert_ne!(number.state, NumberState::Void);
        }
    }

    /// Every signature was made by the signer, in the name of somebody who was allowed to.
    fn judge_signatures(&self, after: &ProcedureResult) {
        let mut waiting = false;
        for (i, act) in after.acts.iter().enumerate() {
            let ActState::Done { person, position, at, .. } = &act.state else {
                waiting = true;
                continue;
            };
            assert!(!waiting, "a step before it is missing");
            let made = (after.id, after.revision, i as u16);
            assert!(self.ledger.signatures.contains(&made), "nobody signed this");
            let held = self.world.positions.iter().find(|p| p.id == *position).unwrap();
            assert_eq!(held.person, *person);
            assert_eq!(held.agency, after.agency());
            let grace = SignedDuration::from_hours(48);
            assert!(held.from <= *at && held.to.is_none_or(|to| *at < to + grace));
            let role = match act.kind {
                ActKind::Initial => Role::CaseOfficer,
                ActKind::Sign => Role::Official,
                _ => Role::RegistryClerk,
            };
            assert!(held.roles.contains(&role), "{:?} by {:?}", act.kind, held.roles);
        }
    }

    fn judge_issue(
        &mut self,
        before: &ProcedureResult,
        after: &ProcedureResult,
        effects: &[Effect],
    ) {
        assert!(effects.contains(&Effect::Leaf(LeafKind::Issue)), "issued without a leaf");
        assert!(after.in_hand.is_none());
        match after.door() {
            Door::Elsewhere => {
                assert_eq!(before.state, State::Accepted);
                assert!(self.ledger.passed.contains(&after.id), "issued without a validation");
                assert_eq!(after.files[0].current, after.files[0].submitted);
                *self.ledger.issued.entry("elsewhere").or_default() += 1;
            }
            Door::Draft => {
                let procedure = match after.procedure() == self.world.procedure.id {
                    true => &self.world.procedure,
                    false => &self.world.plain,
                };
                for spec in &procedure.acts {
                    let done =
                        |a: &&issuance::FileAct| a.file == 0 && a.kind == spec.kind && a.is_done();
                    assert!(after.acts.iter().any(|a| done(&a)), "{:?} is missing", spec.kind);
                }
                assert!(after.acts.iter().all(issuance::FileAct::is_done));
                if procedure.needs_number() {
                    assert_eq!(after.number.as_ref().unwrap().state, NumberState::Used);
                }
                *self.ledger.issued.entry("draft").or_default() += 1;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_walk_breaks_the_rules(words in proptest::collection::vec(any::<u64>(), 1..160)) {
        let mut walk = Walk::new();
        for word in words {
            walk.step(word);
        }
    }
}

/// The property above is worth something only if walks get everywhere.
#[test]
fn walks_reach_every_state() {
    let mut seed = 0x243f_6a88_85a3_08d3_u64;
    let mut reached: BTreeSet<State> = [State::Submitted].into();
    let mut issued: BTreeMap<&str, usize> = BTreeMap::new();
    let mut voided = 0;
    for _ in 0..300 {
        let mut walk = Walk::new();
        for _ in 0..160 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            walk.step(seed);
        }
        assert!(walk.ledger.refusals > 0);
        reached.extend(walk.ledger.reached.keys());
        voided += walk.ledger.numbers.values().filter(|(_, void)| *void).count();
        for (door, n) in walk.ledger.issued {
            *issued.entry(door).or_default() += n;
        }
    }
    let missing: Vec<State> = State::ALL.into_iter().filter(|s| !reached.contains(s)).collect();
    assert_eq!(missing, [], "issued: {issued:?}, void numbers: {voided}");
    assert!(issued["draft"] > 20 && issued["elsewhere"] > 20, "{issued:?}");
    assert!(voided > 5, "{voided}");
}
