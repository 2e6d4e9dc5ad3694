//! A province on a fresh database, set up by acts: a department that decides, another one, the
//! centre; a person a role; keys of the made-up signer. Files are made-up bytes unless a test wants
//! a real draft.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use issuance::{
    ActKind, ActSpec, Agency, AgencyId, Channel, CheckCode, Client, ClientId, FieldBox, File,
    FileHash, FileRole, Key, KeyId, KeyOwner, KeyState, KeyUse, Kind, Layout, PageRef, PersonId,
    Place, Position, PositionId, Procedure, ProcedureId, ProcedureResult, Register, RegisterId,
    ResultId, Role, Scope, Signer, Spot, Submission, SubmissionInput, Terms,
};
use jiff::{SignedDuration, Timestamp};
use office::acts::admin::{
    BindKey, ConfirmKey, CreateAgency, CreateClient, CreatePerson, GivePosition, OpenRegister,
    PutProcedure,
};
use office::acts::{Answer, Begun, Made, SubmitDraft, SubmitElsewhere, Wish};
use office::children::{ChildLimits, Reader};
use office::desk::{Desk, DeskError};
use office::verify::Verifier;
use signing::Level;
use store::{Actor, Db, Objects, Store, Via, results};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::signer::{FakeSigner, PIN, certificate};

pub(crate) struct World {
    pub(crate) desk: Desk,
    pub(crate) verifier: Verifier,
    pub(crate) signer: FakeSigner,
    pub(crate) justice: AgencyId,
    pub(crate) health: AgencyId,
    pub(crate) centre: AgencyId,
    pub(crate) positions: BTreeMap<(AgencyId, Role), Position>,
    pub(crate) deputy: Position,
    pub(crate) official_key: KeyId,
    pub(crate) deputy_key: KeyId,
    pub(crate) seal: KeyId,
    pub(crate) procedure: Procedure,
    pub(crate) register: RegisterId,
    pub(crate) client: ClientId,
    ahead: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

const KEYS: &[&str] = &["official", "deputy", "seal-justice"];

impl World {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("antin.db").display());
        Self::at(&url, folder).await
    }

    pub(crate) async fn postgresql() -> Self {
        let url = tokio::task::spawn_blocking(lab::postgres::database).await.unwrap().unwrap();
        Self::at(&url, tempfile::tempdir().unwrap()).await
    }

    async fn at(url: &str, folder: tempfile::TempDir) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let db = Db::open(url).await.unwrap();
        db.migrate().await.unwrap();
        let clock = ahead.clone();
        let now =
            move || Timestamp::now() + SignedDuration::from_secs(clock.load(Ordering::SeqCst));
        let store = Store::with_clock(db, now).await.unwrap();
        let objects = Objects::open(&folder.path().join("objects")).unwrap();
        let fake = FakeSigner::start(folder.path(), KEYS);
        let client = signer::client::Client::new(&fake.socket);
        let desk = Desk::new(store, objects, client, "https://tthc.example/", Level::T);
        let reader = Reader::new("/bin/false".into(), ChildLimits::default(), 1);
        let verifier = Verifier::new(
            reader,
            Default::default(),
            Default::default(),
            validation::Policy::named("pades-baseline").unwrap(),
            None,
        );
        set_up(desk, verifier, fake, ahead, folder).await
    }

    pub(crate) fn store(&self) -> &Store {
        self.desk.store()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.ahead.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn actor(&self, agency: AgencyId, role: Role) -> Actor {
        actor(&self.positions[&(agency, role)])
    }

    pub(crate) fn official(&self) -> Actor {
        self.actor(self.justice, Role::Official)
    }

    pub(crate) fn clerk(&self) -> Actor {
        self.actor(self.justice, Role::RegistryClerk)
    }

    pub(crate) fn officer(&self) -> Actor {
        self.actor(self.justice, Role::CaseOfficer)
    }

    pub(crate) fn as_client(&self) -> Actor {
        Actor { person: None, position: None, via: Via::Client(self.client), address: None }
    }

    pub(crate) fn input(&self) -> SubmissionInput {
        Submission {
            slips: vec![],
            dossiers: vec!["G22.99.08-260921-896048".to_owned()],
            procedure: self.procedure.id,
            agency: self.justice,
            receiving_place: self.centre,
            signing_position: Some(self.positions[&(self.justice, Role::Official)].id),
            title: "Quyết định".to_owned(),
            holders: vec![],
            deadline: None,
            channel: Channel::Counter,
            fields: vec![],
            kind: Kind::Draft,
        }
    }

    /// Made-up files, kept as objects, with boxes somewhere.
    pub(crate) async fn made(&self, input: SubmissionInput, attachments: usize) -> Made {
        let submission = input.checked(Timestamp::now()).unwrap();
        let draft = submission.kind == Kind::Draft;
        let (mut files, mut boxes) = (vec![], vec![]);
        for n in 0..=attachments {
            let role = match n {
                0 => FileRole::Main,
                n => FileRole::Attachment(format!("phụ lục {n}")),
            };
            let bytes = format!("%PDF-made-up {} {n}", Uuid::now_v7()).into_bytes();
            let (len, hash) = (bytes.len() as u64, self.desk.objects().put(bytes).await.unwrap());
            files.push(File { role, submitted: hash, current: hash, bytes: len });
            let place = Place { page: 0, x_mm: 100.0, y_mm: 40.0, width_mm: 60.0, height_mm: 25.0 };
            for name in self.procedure.layout.0.keys().filter(|_| draft) {
                let mut put = |name: &str| {
                    let (name, file) = (name.to_owned(), n as u16);
                    boxes.push(FieldBox { name, file, field: None, place });
                };
                put(name);
                for blank in ["number", "day", "month"] {
                    put(&format!("{name}.{blank}"));
                }
            }
        }
        let procedure = (self.procedure.id, self.procedure.version);
        Made { submission, files, boxes, procedure }
    }

    pub(crate) async fn submitted(&self) -> ProcedureResult {
        self.submitted_with(0).await
    }

    pub(crate) async fn submitted_with(&self, attachments: usize) -> ProcedureResult {
        let made = self.made(self.input(), attachments).await;
        let act = SubmitDraft { id: result_id(), code: code(), made, idempotency: None };
        let Answer { id, .. } = self.store().perform(act, self.officer()).await.unwrap();
        self.result(id).await
    }

    pub(crate) async fn submitted_elsewhere(&self, number: &str) -> ProcedureResult {
        let input = SubmissionInput {
            signing_position: None,
            kind: Kind::SignedElsewhere(issuance::Elsewhere {
                kind: "Quyết định".to_owned(),
                number: number.to_owned(),
                date: issuance::day_in_vietnam(Timestamp::now()),
                title: "Quyết định về việc …".to_owned(),
                signer: "Trần Thị B".to_owned(),
            }),
            ..self.input()
        };
        let made = self.made(input, 0).await;
        let act = SubmitElsewhere { id: result_id(), code: code(), made, idempotency: None };
        let Answer { id, .. } = self.store().perform(act, self.as_client()).await.unwrap();
        self.result(id).await
    }

    pub(crate) async fn result(&self, id: ResultId) -> ProcedureResult {
        let mut tx = self.store().read().await.unwrap();
        results::get(&mut tx, id).await.unwrap().unwrap()
    }

    pub(crate) async fn activate(
        &self,
        key: KeyId,
        results: &[&ProcedureResult],
        actor: Actor,
    ) -> Result<Begun, DeskError> {
        let wishes = results.iter().map(|result| wish(result, 0)).collect();
        self.desk.activate(key, wishes, Zeroizing::new(PIN.to_owned()), actor).await
    }

    /// All jobs that are due, and those that come of them.
    pub(crate) async fn work(&self) {
        while office::jobs::work::round(&self.desk, &self.verifier, "test").await.unwrap() > 0 {}
    }

    /// Gives rows their places, as the sequencer does.
    pub(crate) async fn place(&self) {
        let lease = store::leases::take(self.store(), "place", "test", 30).await.unwrap().unwrap();
        store::sequence::place(self.store(), &lease).await.unwrap();
    }

    pub(crate) async fn sign(&self, result: &ProcedureResult) -> ProcedureResult {
        self.activate(self.official_key, &[result], self.official()).await.unwrap();
        self.work().await;
        self.result(result.id).await
    }

    pub(crate) async fn seal(&self, result: &ProcedureResult) -> ProcedureResult {
        self.activate(self.seal, &[result], self.clerk()).await.unwrap();
        self.work().await;
        self.result(result.id).await
    }

    pub(crate) async fn sealed(&self) -> ProcedureResult {
        let result = self.submitted().await;
        let result = self.sign(&result).await;
        self.seal(&result).await
    }
}

pub(crate) fn wish(result: &ProcedureResult, file: u16) -> Wish {
    Wish {
        result: result.id,
        file,
        revision: result.revision,
        sha256: result.files[usize::from(file)].current,
        version: Some(result.version),
    }
}

pub(crate) fn actor(position: &Position) -> Actor {
    Actor {
        person: Some(position.person),
        position: Some(position.id),
        via: Via::Session([7; 32]),
        address: Some("10.0.0.7".parse().unwrap()),
    }
}

pub(crate) fn result_id() -> ResultId {
    ResultId::new(Uuid::now_v7())
}

pub(crate) fn code() -> CheckCode {
    CheckCode::new(Uuid::now_v7().into_bytes())
}

pub(crate) fn procedure(agency: AgencyId, acts: &[ActKind], attached: &[ActKind]) -> Procedure {
    let spec = |kind: ActKind| {
        let registry = kind.is_header() || kind == ActKind::Seal;
        ActSpec {
            kind,
            by: if registry { Signer::Registry } else { Signer::SigningPosition },
            key: if registry { KeyUse::Seal } else { KeyUse::Person },
            place: Some(kind.as_str().to_owned()),
        }
    };
    let spot = |n: usize| Spot::Box {
        page: PageRef::Last,
        x_mm: 20.0,
        y_mm: 10.0 + 26.0 * n as f64,
        width_mm: 60.0,
        height_mm: 25.0,
    };
    let kinds = acts.iter().chain(attached);
    let layout = kinds.enumerate().map(|(n, k)| (k.as_str().to_owned(), spot(n)));
    Procedure {
        id: ProcedureId::new(Uuid::now_v7()),
        agency,
        code: "1.001193".to_owned(),
        name: "Cấp giấy chứng nhận".to_owned(),
        acts: acts.iter().copied().map(spec).collect(),
        attachment_acts: attached.iter().copied().map(spec).collect(),
        layout: Layout(layout.collect()),
        terms: Terms {
            series: Some("QĐ".to_owned()),
            certify: Some(2),
            takes_elsewhere: true,
            ..Terms::default()
        },
        version: 0,
        from: Timestamp::now() - SignedDuration::from_hours(1),
        to: None,
    }
}

async fn set_up(
    desk: Desk,
    verifier: Verifier,
    signer: FakeSigner,
    ahead: Arc<AtomicI64>,
    folder: tempfile::TempDir,
) -> World {
    let store = desk.store().clone();
    let setup = Actor::setup;
    let mut agencies = vec![];
    for (word, top) in
        [("ubnd", true), ("so-tu-phap", false), ("so-y-te", false), ("trung-tam", false)]
    {
        let parent = agencies.first().map(|top: &Agency| top.id);
        let act = CreateAgency {
            id: AgencyId::new(Uuid::now_v7()),
            word: word.to_owned(),
            name: word.to_uppercase(),
            code: None,
            parent: parent.filter(|_| !top),
        };
        agencies.push(store.perform(act, setup()).await.unwrap());
    }
    let [_, justice, health, centre] = &agencies[..] else { panic!() };
    let (justice, health, centre) = (justice.id, health.id, centre.id);
    let mut positions = BTreeMap::new();
    for (agency, word) in [(justice, "tp"), (health, "yt"), (centre, "tt")] {
        for role in Role::ALL {
            let position = person_with(&store, agency, role, &format!("{word}.{role}"), None).await;
            positions.insert((agency, role), position);
        }
    }
    let official = &positions[&(justice, Role::Official)];
    let deputy = person_with(&store, justice, Role::Official, "tp.deputy", Some(official.id)).await;
    let mut keys = vec![];
    for (label, owner) in [
        ("official", KeyOwner::Person(official.person)),
        ("deputy", KeyOwner::Person(deputy.person)),
        ("seal-justice", KeyOwner::Seal),
    ] {
        keys.push(bound(&desk, &positions, justice, label, owner).await);
    }
    let procedure =
        procedure(justice, &[ActKind::Sign, ActKind::NumberDate, ActKind::Seal], &[ActKind::Seal]);
    let admin = actor(&positions[&(justice, Role::Administrator)]);
    let procedure = store.perform(PutProcedure(procedure), admin.clone()).await.unwrap();
    let register = Register {
        id: RegisterId::new(Uuid::now_v7()),
        agency: justice,
        series: "QĐ".to_owned(),
        year: issuance::year_in_vietnam(Timestamp::now()),
        symbol: "/QĐ-STP".to_owned(),
        first: 8,
        next: 0,
        ahead: [].into(),
        closed: false,
    };
    let clerk = actor(&positions[&(justice, Role::RegistryClerk)]);
    let register = store.perform(OpenRegister(register), clerk).await.unwrap();
    let client = Client {
        id: ClientId::new(Uuid::now_v7()),
        agency: justice,
        name: "một cửa điện tử".to_owned(),
        scopes: vec![Scope { agency: justice, procedures: None }],
        acts_for: None,
        webhook: None,
        active: true,
        created: Timestamp::now(),
    };
    let client = CreateClient { client, token: [9; 32], webhook_key: None };
    let client = store.perform(client, admin).await.unwrap();
    World {
        desk,
        verifier,
        signer,
        justice,
        health,
        centre,
        deputy,
        official_key: keys[0],
        deputy_key: keys[1],
        seal: keys[2],
        positions,
        procedure,
        register: register.id,
        client: client.id,
        ahead,
        _folder: folder,
    }
}

pub(crate) async fn person_with(
    store: &Store,
    agency: AgencyId,
    role: Role,
    login: &str,
    deputy_of: Option<PositionId>,
) -> Position {
    let act = CreatePerson {
        id: PersonId::new(Uuid::now_v7()),
        agency,
        login: login.to_owned(),
        name: format!("Nguyễn Văn {login}"),
        password: None,
    };
    let person = store.perform(act, Actor::setup()).await.unwrap();
    let position = Position {
        id: PositionId::new(Uuid::now_v7()),
        agency,
        person: person.id,
        roles: [role].into(),
        title: role.text_vi().to_uppercase(),
        authority: None,
        from: Timestamp::now() - SignedDuration::from_hours(1),
        to: deputy_of.map(|_| Timestamp::now() + SignedDuration::from_hours(24)),
        decision: "01/QĐ".to_owned(),
        deputy_of,
    };
    store.perform(GivePosition(position), Actor::setup()).await.unwrap()
}

async fn bound(
    desk: &Desk,
    positions: &BTreeMap<(AgencyId, Role), Position>,
    agency: AgencyId,
    label: &str,
    owner: KeyOwner,
) -> KeyId {
    let key = Key {
        id: KeyId::new(Uuid::now_v7()),
        agency,
        owner,
        label: label.to_owned(),
        certificate: FileHash::of(&certificate(label)),
        image: None,
        initials: None,
        state: KeyState::Proposed,
        bound_by: None,
        bound: Timestamp::now(),
        confirmed_by: None,
    };
    let admin = actor(&positions[&(agency, Role::Administrator)]);
    let key = desk.store().perform(BindKey(key), admin).await.unwrap();
    let clerk = actor(&positions[&(agency, Role::RegistryClerk)]);
    desk.store().perform(ConfirmKey(key.id), clerk).await.unwrap().id
}
