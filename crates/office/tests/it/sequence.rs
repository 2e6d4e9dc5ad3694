//! The sequencer on both engines: killed after each durable step, against a signer that refuses
//! what is not a continuation, and against a database that was set back.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ed25519_dalek::Signer as _;
use issuance::{Agency, AgencyId, Person, PersonId, Position, PositionId, Refusal, Role};
use office::jobs::sequence::{Ask, Notary, SequenceError, Sequencer, Step, run};
use office::log::{
    ConfirmRecovery, Folder, Inclusion, LogError, ProposeRecovery, Standing, Witness, gap,
    inclusion, publish_gap, standing, verify,
};
use store::{Act, ActError, Actor, Context, Db, PerformError, Store, Tx, leases, leaves, sequence};
use tempfile::TempDir;
use tlog::{Checkpoint, Hash, Leaf, LeafKind, prove_consistency, read_bundle, verify_consistency};
use uuid::Uuid;

use crate::log_files::{key, signing_key};

struct WriteLeaf(Leaf);

impl Act for WriteLeaf {
    const NAME: &'static str = "test_leaf";
    type Done = Uuid;

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<Uuid, ActError> {
        Ok(tx.leaf(&self.0, None).await?)
    }
}

/// What the signer process does, in memory: remembers every head it signed.
#[derive(Clone, Default)]
pub(crate) struct Signer(Arc<Mutex<Vec<Checkpoint>>>);

impl Signer {
    fn notary(&self) -> Notary {
        let heads = self.0.clone();
        Arc::new(move |ask| {
            let answer = answer(&mut heads.lock().unwrap(), ask);
            Box::pin(async move { answer })
        })
    }

    fn head(&self) -> Option<Checkpoint> {
        self.0.lock().unwrap().last().cloned()
    }
}

fn answer(heads: &mut Vec<Checkpoint>, ask: Ask) -> Result<Option<String>, String> {
    let last = heads.last().cloned();
    let (body, proof) = match ask {
        Ask::Head => return Ok(last.map(|head| head.body())),
        Ask::Sign { body, proof } => (body, proof),
    };
    let head = Checkpoint::from_body(&body).map_err(|error| error.to_string())?;
    let (size, root) = last.map_or((0, Hash::EMPTY), |last| (last.size, last.root));
    verify_consistency(&proof, size, root, head.size, head.root).map_err(|e| e.to_string())?;
    let signature = signing_key().sign(body.as_bytes()).to_bytes();
    let note = key().note(&head, &signature).map_err(|error| error.to_string())?;
    heads.push(head);
    Ok(Some(String::from_utf8(note).unwrap()))
}

/// A database with its log folder and its signer.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) folder: Folder,
    pub(crate) signer: Signer,
    pub(crate) dir: TempDir,
}

impl House {
    pub(crate) async fn new(url: Option<String>) -> House {
        let dir = tempfile::tempdir().unwrap();
        let url = url.unwrap_or_else(|| format!("sqlite:{}", dir.path().join("db").display()));
        let folder = Folder::at(dir.path().join("log"));
        House { store: store(&url).await, folder, signer: Signer::default(), dir }
    }

    pub(crate) async fn both() -> [House; 2] {
        [House::new(None).await, House::new(Some(lab::postgres::database().unwrap())).await]
    }

    async fn start(&self) -> Result<Sequencer, SequenceError> {
        let notary = self.signer.notary();
        Sequencer::start(self.store.clone(), self.folder.clone(), key(), notary, "test").await
    }

    pub(crate) async fn write(&self, count: u64) {
        for _ in 0..count {
            self.store.perform(WriteLeaf(fresh()), Actor::worker()).await.unwrap();
        }
    }

    pub(crate) async fn publish(&self, size: u64) {
        let mut sequencer = self.start().await.unwrap();
        while sequencer.published() < size {
            sequencer.round().await.unwrap();
        }
        sequencer.end().await.unwrap();
    }

    /// The state of the world: the log verifies, holds the rows in their order and each once, every
    /// row is in it, and every head that was ever signed is its beginning.
    pub(crate) async fn check(&self, size: u64) {
        let verified = verify(|path| self.folder.read(path), Some(&key()), None).unwrap();
        let head = verified.checkpoint;
        assert_eq!(head.size, size);
        let mut tx = self.store.read().await.unwrap();
        let rows = leaves::from_index(&mut tx, 0, 100_000).await.unwrap();
        assert_eq!(rows.len() as u64, size);
        let published: Vec<Vec<u8>> = entries(&self.folder, size);
        assert!(rows.iter().map(|row| &row.bytes).eq(&published));
        let distinct: BTreeMap<_, _> = rows.iter().map(|row| (row.hash, row.index)).collect();
        assert_eq!(distinct.len() as u64, size);
        let read = |path: &str| self.folder.read(path).unwrap();
        for signed in self.signer.0.lock().unwrap().iter() {
            let proof = prove_consistency(signed.size, head.size, head.root, &read).unwrap();
            verify_consistency(&proof, signed.size, signed.root, head.size, head.root).unwrap();
        }
        let last = store::checkpoints::last(&mut tx).await.unwrap().unwrap();
        assert_eq!((last.size, last.root), (head.size, head.root.0));
        for row in rows.iter().rev().take(3) {
            let Inclusion::Proved(proof) = inclusion(&self.folder, &key(), row).unwrap() else {
                panic!("not proved");
            };
            assert_eq!(Some(proof.index), row.index);
        }
    }

    pub(crate) async fn standing(&self) -> Standing {
        let head = self.signer.head();
        standing(&self.store, &self.folder, &key(), head.as_ref()).await.unwrap()
    }
}

async fn store(url: &str) -> Store {
    let db = Db::open(url).await.unwrap();
    db.migrate().await.unwrap();
    Store::new(db).await.unwrap()
}

fn fresh() -> Leaf {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut code = [0; 16];
    code[..8].copy_from_slice(&NEXT.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    Leaf::of_result(LeafKind::Issue, &code, b"claims", jiff::Timestamp::now()).file([7; 32])
}

fn entries(folder: &Folder, size: u64) -> Vec<Vec<u8>> {
    (0..)
        .map_while(|index| tlog::Tile::at(0, index, size))
        .flat_map(|tile| {
            let bundle = folder.read(&tile.entries_path()).unwrap();
            let bundle = bundle.or(folder.read(&tile.full().entries_path()).unwrap()).unwrap();
            let entries = read_bundle(&bundle).unwrap();
            entries.into_iter().map(<[u8]>::to_vec).take(tile.width.into()).collect::<Vec<_>>()
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_any_durable_step_nothing_is_lost_doubled_or_signed_against() {
    for house in House::both().await {
        house.write(250).await;
        house.publish(250).await;
        let mut size = 250;
        let steps = [
            Step::Placed,
            Step::Signed,
            Step::Committed,
            Step::File(1),
            Step::File(2),
            Step::File(3),
            Step::Published,
        ];
        for step in steps {
            // Each time over the end of a tile or not: 250, 261, 272, …
            house.write(7).await;
            let mut sequencer = house.start().await.unwrap();
            sequencer.stop_when(Arc::new(move |reached| reached == step));
            match sequencer.round().await {
                Err(SequenceError::Stopped(reached)) => assert_eq!(reached, step),
                // Fewer files in this round than the number of this step.
                other => assert!(matches!(step, Step::File(_)), "{step:?}: {other:?}"),
            }
            drop(sequencer);
            // Whatever was published before the crash is a whole log.
            verify(|path| house.folder.read(path), Some(&key()), None).unwrap();
            house.write(4).await;
            size += 11;
            house.publish(size).await;
            house.check(size).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_file_of_a_dead_process_and_a_lost_folder_are_made_good() {
    for house in House::both().await {
        house.write(300).await;
        house.publish(300).await;
        std::fs::write(house.dir.path().join("log/tile/0/.new-002"), b"half").unwrap();
        house.write(1).await;
        house.publish(301).await;
        house.check(301).await;
        assert!(!house.dir.path().join("log/tile/0/.new-002").exists());
        // The folder is gone; the database is its stage.
        std::fs::remove_dir_all(house.dir.path().join("log")).unwrap();
        house.publish(301).await;
        house.check(301).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sequencer_at_a_time() {
    for house in House::both().await {
        let first = house.start().await.unwrap();
        let second = house.start().await;
        assert!(matches!(second, Err(SequenceError::Log(LogError::Locked))));
        let elsewhere = Folder::at(house.dir.path().join("elsewhere"));
        let notary = house.signer.notary();
        let third = Sequencer::start(house.store.clone(), elsewhere, key(), notary, "other").await;
        assert!(matches!(third, Err(SequenceError::Waiting)));
        first.end().await.unwrap();
        house.start().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaf_is_provable_within_a_second_of_its_commit() {
    for house in House::both().await {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let start = {
            let (store, folder) = (house.store.clone(), house.folder.clone());
            let notary = house.signer.notary();
            async move || {
                Sequencer::start(store.clone(), folder.clone(), key(), notary.clone(), "run").await
            }
        };
        let running = run(start, Duration::from_millis(200), stopped);
        let watching = async {
            let mut slowest = Duration::ZERO;
            for _ in 0..5 {
                let id = house.store.perform(WriteLeaf(fresh()), Actor::worker()).await.unwrap();
                let committed = Instant::now();
                loop {
                    let mut tx = house.store.read().await.unwrap();
                    let row = leaves::get(&mut tx, id).await.unwrap().unwrap();
                    drop(tx);
                    if inclusion(&house.folder, &key(), &row).unwrap() != Inclusion::Waiting {
                        break;
                    }
                    assert!(committed.elapsed() < Duration::from_secs(5), "never published");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                slowest = slowest.max(committed.elapsed());
            }
            assert!(slowest < Duration::from_secs(1), "{slowest:?}");
            stop.send(true).unwrap();
        };
        let (ran, ()) = tokio::join!(running, watching);
        ran.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_signer_rows_get_their_places_and_nothing_is_published() {
    for house in House::both().await {
        house.write(3).await;
        let silent: Notary = Arc::new(|_| Box::pin(async { Err("no socket".to_owned()) }));
        let (store, folder) = (house.store.clone(), house.folder.clone());
        let mut sequencer = Sequencer::start(store, folder, key(), silent, "test").await.unwrap();
        assert!(matches!(sequencer.round().await, Err(SequenceError::Notary(_))));
        let mut tx = house.store.read().await.unwrap();
        assert_eq!(leaves::placed(&mut tx).await.unwrap(), 3);
        assert!(sequence::head(&mut tx).await.unwrap().is_some());
        assert!(house.folder.head(&key()).unwrap().is_none());
        drop((sequencer, tx));
        house.publish(3).await;
        house.check(3).await;
    }
}

/// The database as it was: a dump of it, in a new database of the other engine or the same.
async fn older_copy(house: &House, url: Option<String>) -> (Vec<(String, String)>, Option<String>) {
    let mut lines = Vec::new();
    let sink = |table: &'static str, line: &str| {
        lines.push((table.to_owned(), line.to_owned()));
        Ok(())
    };
    house.store.db().dump(sink).await.unwrap();
    (lines, url)
}

async fn put_back((lines, url): (Vec<(String, String)>, Option<String>), house: &House) -> Store {
    let place = house.dir.path().join("restored");
    let url = url.unwrap_or_else(|| format!("sqlite:{}", place.display()));
    let db = Db::open(&url).await.unwrap();
    db.migrate().await.unwrap();
    let source = |table: &'static str| {
        let of_table = lines.iter().filter(|(name, _)| name == table);
        let text: String = of_table.map(|(_, line)| format!("{line}\n")).collect();
        Ok(Cursor::new(text))
    };
    db.load(source).await.unwrap();
    Store::new(db).await.unwrap()
}

struct Staff;

/// An administrator and a clerk.
impl Act for Staff {
    const NAME: &'static str = "test_staff";
    type Done = [PersonId; 2];

    async fn run(&self, tx: &mut Tx<'_>, at: &Context) -> Result<Self::Done, ActError> {
        let agency = Agency {
            id: AgencyId::new(Uuid::now_v7()),
            word: "xa".into(),
            name: "XÃ".into(),
            code: None,
            above: vec![],
            created: at.now,
        };
        store::agencies::insert(tx, &agency).await?;
        let mut ids = Vec::new();
        for role in [Role::Administrator, Role::RegistryClerk] {
            let person = Person {
                id: PersonId::new(Uuid::now_v7()),
                agency: agency.id,
                login: format!("{role:?}").to_lowercase(),
                name: "Một người".into(),
                active: true,
                created: at.now,
            };
            store::people::insert(tx, &person, None).await?;
            let position = Position {
                id: PositionId::new(Uuid::now_v7()),
                agency: agency.id,
                person: person.id,
                roles: [role].into(),
                title: "VIÊN CHỨC".into(),
                authority: None,
                from: at.now,
                to: None,
                decision: "1/QĐ".into(),
                deputy_of: None,
            };
            store::positions::insert(tx, &position).await?;
            ids.push(person.id);
        }
        Ok([ids[0], ids[1]])
    }
}

async fn staff(store: &Store) -> [PersonId; 2] {
    store.perform(Staff, Actor::setup()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_database_put_back_is_noticed_and_recovered_by_two_people() {
    let [lite, pg] = House::both().await;
    // Each comes back on the other engine.
    for (mut house, url) in [(lite, Some(lab::postgres::database().unwrap())), (pg, None)] {
        house.write(5).await;
        house.publish(5).await;
        let copy = older_copy(&house, url).await;
        house.write(300).await;
        house.publish(305).await;
        assert!(house.standing().await.is_open());
        let published = entries(&house.folder, 305);

        house.store = put_back(copy, &house).await;
        let by_published = Standing::SetBack { database: 5, known: 305, by: Witness::Published };
        assert_eq!(house.standing().await, by_published);
        match house.start().await {
            Err(SequenceError::Standing(found)) => assert_eq!(found, by_published),
            other => panic!("{:?}", other.map(|_| ())),
        }
        // With the published folder gone as well, the signer still knows.
        let kept = std::mem::replace(&mut house.folder, Folder::at(house.dir.path().join("none")));
        assert_eq!(
            house.standing().await,
            Standing::SetBack { database: 5, known: 305, by: Witness::Signer }
        );
        house.folder = kept;

        // Somebody went on with it, unseen: other leaves in the same places.
        house.write(310).await;
        let lease =
            leases::take(&house.store, sequence::LEASE, "blind", 10).await.unwrap().unwrap();
        sequence::place(&house.store, &lease).await.unwrap();
        let forked = Standing::Forked { size: 305, by: Witness::Published };
        assert_eq!(house.standing().await, forked);

        let found = gap(&house.store, &house.folder, &key()).await.unwrap().unwrap();
        assert_eq!((found.common, found.database), (5, 315));
        assert_eq!((found.leaves.len(), found.without_row().count()), (300, 300));
        assert_eq!(found.displaced, 310);
        let right = house.folder.publishing().unwrap();
        let confirm = ConfirmRecovery { gap: found.clone(), lease };
        let staff = staff(&house.store).await;
        let person = |n: usize| Actor { person: Some(staff[n]), ..Actor::command_line() };
        let refused = |error: PerformError| match error {
            PerformError::Refused(refusal) => refusal,
            PerformError::Store(error) => panic!("{error}"),
        };
        let early = house.store.perform(confirm.clone(), person(1)).await.unwrap_err();
        assert_eq!(refused(early), Refusal::ProposalClosed);
        let propose = ProposeRecovery { gap: found.clone() };
        let clerk = house.store.perform(propose, person(1)).await.unwrap_err();
        assert_eq!(refused(clerk), Refusal::PositionNotHeld);
        let propose = ProposeRecovery { gap: found.clone() };
        house.store.perform(propose, person(0)).await.unwrap();
        let alone = house.store.perform(confirm.clone(), person(0)).await.unwrap_err();
        assert_eq!(refused(alone), Refusal::SamePerson);
        publish_gap(&house.folder, &right, &found).unwrap();
        house.store.perform(confirm, person(1)).await.unwrap();
        drop(right);

        assert!(house.standing().await.is_open());
        let closed = gap(&house.store, &house.folder, &key()).await.unwrap().unwrap();
        assert!(closed.is_closed(), "{closed}");
        // The log goes on: what was published stands, then what the restored database wrote.
        let lease_over = leases::take(&house.store, sequence::LEASE, "blind", 10).await.unwrap();
        leases::give_back(&house.store, &lease_over.unwrap()).await.unwrap();
        house.publish(615).await;
        house.check(615).await;
        assert_eq!(entries(&house.folder, 305), published);
        let list = house.folder.read(&found.path()).unwrap().unwrap();
        assert_eq!(list, found.to_string().into_bytes());
        assert_eq!(String::from_utf8(list).unwrap().lines().count(), 5 + 300);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_changed_after_it_was_published_is_not_proved() {
    let house = House::new(None).await;
    house.write(2).await;
    house.publish(2).await;
    let mut tx = house.store.read().await.unwrap();
    let mut row = leaves::from_index(&mut tx, 0, 1).await.unwrap().remove(0);
    row.bytes = fresh().to_bytes();
    assert!(inclusion(&house.folder, &key(), &row).is_err());
}
