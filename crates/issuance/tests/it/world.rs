//! A small province, made by hand: a department that decides, another one, and a centre that
//! returns; one person a role, a deputy, two procedures. No file here comes from outside.

use std::collections::BTreeMap;

use issuance::{
    ActKind, ActSpec, Acting, ActivationId, Agency, AgencyId, Begin, Channel, CheckCode, Client,
    ClientId, Compared, Elsewhere, FieldBox, File, FileHash, FileRole, HolderInput, Incoming, Key,
    KeyId, KeyOwner, KeyState, KeyUse, Kind, Layout, PageRef, PersonId, Place, Position,
    PositionId, Procedure, ProcedureId, ProcedureResult, Register, RegisterId, ResultId, Role,
    Scope, Seen, Signed, Signer, Spot, Submission, SubmissionInput, Terms,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | n)
}

/// 24 November 2026, 12:00 UTC.
pub(crate) fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

pub(crate) fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

pub(crate) const ROOT: u128 = 1;
pub(crate) const JUSTICE: u128 = 2;
pub(crate) const HEALTH: u128 = 3;
pub(crate) const CENTRE: u128 = 4;

pub(crate) struct World {
    pub(crate) agencies: BTreeMap<AgencyId, Agency>,
    pub(crate) positions: Vec<Position>,
    pub(crate) keys: Vec<Key>,
    pub(crate) procedure: Procedure,
    pub(crate) plain: Procedure,
    pub(crate) client: Client,
}

pub(crate) fn agency(n: u128) -> AgencyId {
    AgencyId::new(uuid(n))
}

fn position(n: u128, at: u128, role: Role) -> Position {
    Position {
        id: PositionId::new(uuid(n)),
        agency: agency(at),
        person: PersonId::new(uuid(n + 1000)),
        roles: [role].into(),
        title: format!("{role} {n}"),
        authority: None,
        from: noon() - SignedDuration::from_hours(24),
        to: None,
        decision: "01/QĐ".to_owned(),
        deputy_of: None,
    }
}

/// Positions of the department of justice are 100 + the role's place, of health 200 +, of the
/// centre 300 +; 110 is the official's deputy, 111 the official of last year.
pub(crate) fn at(agency: u128, role: Role) -> u128 {
    let place = Role::ALL.iter().position(|r| *r == role).unwrap() as u128;
    (agency - 1) * 100 + place
}

pub(crate) const DEPUTY: u128 = 110;
pub(crate) const FORMER: u128 = 111;

impl World {
    pub(crate) fn new() -> Self {
        let mut agencies = BTreeMap::new();
        for (n, word, above) in [
            (ROOT, "ubnd", vec![]),
            (JUSTICE, "so-tu-phap", vec![agency(ROOT)]),
            (HEALTH, "so-y-te", vec![agency(ROOT)]),
            (CENTRE, "trung-tam", vec![agency(ROOT)]),
        ] {
            let made = Agency {
                id: agency(n),
                word: word.to_owned(),
                name: word.to_uppercase(),
                code: None,
                above,
                created: noon(),
            };
            agencies.insert(made.id, made);
        }
        let mut positions = vec![];
        for place in [JUSTICE, HEALTH, CENTRE] {
            for role in Role::ALL {
                positions.push(position(at(place, role), place, role));
            }
        }
        positions.push(position(50, ROOT, Role::Administrator));
        let official = PositionId::new(uuid(at(JUSTICE, Role::Official)));
        positions.push(Position {
            deputy_of: Some(official),
            from: noon() + SignedDuration::from_secs(60),
            to: Some(noon() + SignedDuration::from_hours(2)),
            ..position(DEPUTY, JUSTICE, Role::Official)
        });
        positions.push(Position {
            deputy_of: Some(official),
            to: Some(noon() - SignedDuration::from_secs(60)),
            ..position(FORMER, JUSTICE, Role::Official)
        });
        let mut keys = vec![];
        for p in &positions {
            keys.push(key(p.id.uuid().as_u128() & 0xffff, p.agency, KeyOwner::Person(p.person)));
        }
        for place in [JUSTICE, HEALTH, CENTRE] {
            keys.push(key(900 + place, agency(place), KeyOwner::Seal));
        }
        let procedure =
            procedure(700, &[ActKind::Sign, ActKind::NumberDate, ActKind::Seal], &[ActKind::Seal]);
        let plain = procedure_plain();
        let client = Client {
            id: ClientId::new(uuid(800)),
            agency: agency(JUSTICE),
            name: "một cửa điện tử".to_owned(),
            scopes: vec![Scope { agency: agency(JUSTICE), procedures: None }],
            acts_for: None,
            webhook: None,
            active: true,
            created: noon(),
        };
        Self { agencies, positions, keys, procedure, plain, client }
    }

    pub(crate) fn position(&self, n: u128) -> &Position {
        self.positions.iter().find(|p| p.id == PositionId::new(uuid(n))).unwrap()
    }

    pub(crate) fn who(&self, n: u128) -> Acting<'_> {
        let position = self.position(n);
        Acting::Person { person: position.person, position }
    }

    pub(crate) fn role(&self, place: u128, role: Role) -> Acting<'_> {
        self.who(at(place, role))
    }

    pub(crate) fn key_of(&self, n: u128) -> &Key {
        let person = self.position(n).person;
        self.keys.iter().find(|k| k.owner == KeyOwner::Person(person)).unwrap()
    }

    pub(crate) fn seal(&self, place: u128) -> &Key {
        self.keys.iter().find(|k| k.owner == KeyOwner::Seal && k.agency == agency(place)).unwrap()
    }

    pub(crate) fn register(&self, n: u128, year: i16) -> Register {
        Register::open(
            Register {
                id: RegisterId::new(uuid(n)),
                agency: agency(JUSTICE),
                series: "QĐ".to_owned(),
                year,
                symbol: "/QĐ-STP".to_owned(),
                first: 8,
                next: 0,
                ahead: [].into(),
                closed: false,
            },
            &self.role(JUSTICE, Role::RegistryClerk),
            noon(),
        )
        .unwrap()
    }

    pub(crate) fn submit(&self, n: u128, now: Timestamp) -> ProcedureResult {
        self.submit_of(n, &self.procedure, 0, now)
    }

    pub(crate) fn submit_of(
        &self,
        n: u128,
        procedure: &Procedure,
        attachments: usize,
        now: Timestamp,
    ) -> ProcedureResult {
        let official = self.position(at(JUSTICE, Role::Official));
        let incoming = incoming(procedure, draft(procedure), attachments, n as u64, now);
        let (result, _) = ProcedureResult::submit(
            ResultId::new(uuid(n)),
            CheckCode::new(uuid(n * 7919).into_bytes()),
            incoming,
            procedure,
            Some(official),
            &self.role(JUSTICE, Role::CaseOfficer),
            now,
        )
        .unwrap();
        result
    }
}

fn key(n: u128, at: AgencyId, owner: KeyOwner) -> Key {
    Key {
        id: KeyId::new(uuid(n + 5000)),
        agency: at,
        owner,
        label: format!("khoa-{n}"),
        certificate: FileHash::of(&n.to_be_bytes()),
        image: None,
        initials: None,
        state: KeyState::Bound,
        bound_by: Some(PersonId::new(uuid(1))),
        bound: noon(),
        confirmed_by: Some(PersonId::new(uuid(2))),
    }
}

pub(crate) fn spec(kind: ActKind) -> ActSpec {
    let registry = kind.is_header() || kind == ActKind::Seal;
    ActSpec {
        kind,
        by: match kind {
            ActKind::Initial => {
                Signer::Position(PositionId::new(uuid(at(JUSTICE, Role::CaseOfficer))))
            }
            _ if registry => Signer::Registry,
            _ => Signer::SigningPosition,
        },
        key: if registry { KeyUse::Seal } else { KeyUse::Person },
        place: Some(kind.as_str().to_owned()),
    }
}

pub(crate) fn procedure(n: u128, acts: &[ActKind], attached: &[ActKind]) -> Procedure {
    let spot =
        Spot::Box { page: PageRef::Last, x_mm: 100.0, y_mm: 40.0, width_mm: 60.0, height_mm: 25.0 };
    let mut layout: BTreeMap<String, Spot> =
        acts.iter().chain(attached).map(|k| (k.as_str().to_owned(), spot.clone())).collect();
    layout.insert("qr".to_owned(), spot);
    Procedure {
        id: ProcedureId::new(uuid(n)),
        agency: agency(JUSTICE),
        code: "1.001193".to_owned(),
        name: "Cấp giấy chứng nhận".to_owned(),
        acts: acts.iter().copied().map(spec).collect(),
        attachment_acts: attached.iter().copied().map(spec).collect(),
        layout: Layout(layout),
        terms: Terms {
            series: Some("QĐ".to_owned()),
            certify: Some(2),
            takes_elsewhere: true,
            ..Terms::default()
        },
        version: 1,
        from: noon() - SignedDuration::from_hours(24),
        to: None,
    }
}

fn procedure_plain() -> Procedure {
    procedure(701, &[ActKind::Initial, ActKind::Sign], &[])
}

pub(crate) fn draft(procedure: &Procedure) -> SubmissionInput {
    Submission {
        slips: vec!["26.11.24-000123".to_owned()],
        dossiers: vec!["G22.99.08-260921-896048".to_owned()],
        procedure: procedure.id,
        agency: agency(JUSTICE),
        receiving_place: agency(CENTRE),
        signing_position: Some(PositionId::new(uuid(at(JUSTICE, Role::Official)))),
        title: "Giấy chứng nhận".to_owned(),
        holders: vec![HolderInput::Person {
            name: "Nguyễn Văn A".to_owned(),
            last_four: "0123".to_owned(),
            birth_year: 1990,
        }],
        deadline: None,
        channel: Channel::Counter,
        fields: vec![Compared {
            name: "Họ tên".to_owned(), value: "Nguyễn Văn A".to_owned()
        }],
        kind: Kind::Draft,
    }
}

pub(crate) fn elsewhere(procedure: &Procedure, number: &str) -> SubmissionInput {
    SubmissionInput {
        signing_position: None,
        kind: Kind::SignedElsewhere(Elsewhere {
            kind: "Quyết định".to_owned(),
            number: number.to_owned(),
            date: jiff::civil::date(2026, 11, 20),
            title: "Quyết định về việc …".to_owned(),
            signer: "Trần Thị B".to_owned(),
        }),
        ..draft(procedure)
    }
}

pub(crate) fn incoming(
    procedure: &Procedure,
    submission: SubmissionInput,
    attachments: usize,
    seed: u64,
    now: Timestamp,
) -> Incoming {
    let draft = submission.kind == Kind::Draft;
    let submission = submission.checked(now).unwrap();
    let file = |role, n: u64| {
        let submitted = FileHash::of(&(seed << 16 | n).to_be_bytes());
        let current = if draft { FileHash::of(&submitted.0) } else { submitted };
        File { role, submitted, current, bytes: 1000 }
    };
    let mut files = vec![file(FileRole::Main, 0)];
    for n in 0..attachments {
        files.push(file(FileRole::Attachment(format!("phụ lục {n}")), n as u64 + 1));
    }
    let mut boxes = vec![];
    if draft {
        let place = Place { page: 0, x_mm: 100.0, y_mm: 40.0, width_mm: 60.0, height_mm: 25.0 };
        for at in 0..files.len() {
            for name in procedure.layout.0.keys() {
                let field = (name != "qr").then(|| format!("{name}.{at}"));
                boxes.push(FieldBox { name: name.clone(), file: at as u16, field, place });
            }
        }
    }
    Incoming { submission, files, boxes }
}

pub(crate) fn seen(result: &ProcedureResult, file: u16) -> Seen {
    Seen {
        revision: result.revision,
        sha256: result.files[usize::from(file)].current,
        version: None,
    }
}

pub(crate) fn activation(n: u128) -> ActivationId {
    ActivationId::new(uuid(n + 100_000))
}

pub(crate) fn begin<'a>(
    result: &ProcedureResult,
    n: u128,
    key: &'a Key,
    file: u16,
    register: Option<&'a Register>,
    now: Timestamp,
) -> Begin<'a> {
    Begin {
        activation: activation(n),
        until: now + SignedDuration::from_secs(300),
        key,
        seen: seen(result, file),
        file,
        most_steps: None,
        register,
    }
}

/// What the signer would answer for a step.
pub(crate) fn signed(result: &ProcedureResult, n: u128, act: u16) -> Signed {
    let file = &result.files[usize::from(result.acts[usize::from(act)].file)];
    let mut next = file.current.0.to_vec();
    next.push(act as u8);
    Signed {
        activation: activation(n),
        act,
        base: file.current,
        file: FileHash::of(&next),
        bytes: file.bytes + 30_000,
        field: Some(format!("field.{act}")),
        evidence: FileHash::of(b"evidence"),
        best_time: None,
    }
}
