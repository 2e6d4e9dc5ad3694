//! kill -9. A child process (this binary again, one ignored test) performs acts and says which were
//! answered; what the database then holds is compared with that.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use store::{Act, ActError, Context, Db, Store, Tx, meta};

use crate::acts::Note;
use crate::both;
use crate::world::{World, somebody};

const URL: &str = "ANTIN_TEST_CHILD_URL";
const HANG: &str = "ANTIN_TEST_CHILD_HANGS";

/// Writes, says so, and never ends: the transaction that it stands in is in its middle.
struct Hang;

impl Act for Hang {
    const NAME: &'static str = "hang";
    type Done = ();

    async fn run(&self, tx: &mut Tx<'_>, _: &Context) -> Result<(), ActError> {
        meta::put(tx, "hang", "half").await?;
        say("MIDDLE");
        std::future::pending().await
    }
}

fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "said {word}").unwrap();
    out.flush().unwrap();
}

/// Not a test: the process that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of the tests below"]
async fn child() {
    let Ok(url) = std::env::var(URL) else { return };
    let store = Store::new(Db::open(&url).await.unwrap()).await.unwrap();
    let noting = store.clone();
    let note = move |name: String| {
        let store = noting.clone();
        async move {
            store.perform(Note(name.clone()), somebody()).await.unwrap();
            say(&name);
        }
    };
    if std::env::var(HANG).is_ok() {
        for n in 0..20 {
            note(format!("before{n}")).await;
        }
        // All of these wait for the writer at once: on SQLite they and Hang share a group.
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..10 {
            tasks.spawn(note(format!("beside{n}")));
        }
        let hanging = store.clone();
        tasks.spawn(async move { drop(hanging.perform(Hang, somebody()).await) });
        for n in 0..10 {
            tasks.spawn(note(format!("behind{n}")));
        }
        tasks.join_all().await;
    }
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..16 {
        let note = note.clone();
        tasks.spawn(async move {
            for n in 0..100_000 {
                note(format!("t{task}n{n}")).await;
            }
        });
    }
    tasks.join_all().await;
}

fn start(world: &World, hangs: bool) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "crash::child", "--ignored", "--nocapture", "--test-threads=1"]);
    child.env(URL, &world.url).stdout(Stdio::piped()).stderr(Stdio::null());
    if hangs {
        child.env(HANG, "1");
    }
    child.spawn().unwrap()
}

/// Kills it once it said `until`, or after so many words, and gives all that it said.
fn kill_after(mut child: Child, until: Option<&str>, words: usize) -> BTreeSet<String> {
    let out = BufReader::new(child.stdout.take().unwrap());
    let (sender, said) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            // The test harness writes its own words onto the same line.
            if let Some((_, word)) = line.split_once("said ") {
                let _ = sender.send(word.to_owned());
            }
        }
    });
    let mut all = BTreeSet::new();
    while all.len() < words {
        let word = said.recv_timeout(Duration::from_secs(60)).unwrap();
        let stop = until == Some(word.as_str());
        all.insert(word);
        if stop {
            // Whoever was answered before this has said so by then.
            std::thread::sleep(Duration::from_millis(500));
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap();
    all.extend(said.try_iter());
    all
}

async fn kept(world: &World) -> BTreeSet<String> {
    let store = world.another().await;
    let mut tx = store.read().await.unwrap();
    let search = store::audit::Search { limit: 10_000, ..Default::default() };
    // Link first: search gives linked rows.
    world.pass(3600);
    let lease = store::leases::take(&store, store::sequence::LEASE, "after", 60).await.unwrap();
    let lease = lease.unwrap();
    while store::sequence::place(&store, &lease).await.unwrap().is_full() {}
    let chain = store::verify_audit_chain(&mut tx, None).await.unwrap();
    assert_eq!((chain.defect, chain.unlinked), (None, 0));
    let mut names = BTreeSet::new();
    let mut page = store::audit::search(&mut tx, &search).await.unwrap();
    while let Some(last) = page.last() {
        let before = last.chain.unwrap().0;
        for row in &page {
            assert_eq!((row.act.as_str(), &row.refusal), ("note", &None));
            let name = row.object.as_ref().unwrap().strip_prefix("note ").unwrap();
            assert!(names.insert(name.to_owned()));
        }
        let search = store::audit::Search { before: Some(before), ..search.clone() };
        page = store::audit::search(&mut tx, &search).await.unwrap();
    }
    // Row, event and audit row of an act are there together.
    let rows = names.len() as i64;
    assert_eq!(world.count("SELECT COUNT(*) FROM meta").await, rows);
    assert_eq!(world.count("SELECT COUNT(*) FROM events").await, rows);
    names
}

both! {
    async fn killed_in_the_middle_of_a_group_exactly_the_answered_acts_are_kept(world: World) {
        let child = start(&world, true);
        let mut said = tokio::task::spawn_blocking(move || {
            kill_after(child, Some("MIDDLE"), usize::MAX)
        })
        .await
        .unwrap();
        assert!(said.remove("MIDDLE"));
        assert!(said.len() >= 20, "{said:?}");
        assert_eq!(kept(&world).await, said);
    }

    async fn killed_at_any_time_no_answered_act_is_lost(world: World) {
        for words in [1, 57, 400] {
            world.sql("DELETE FROM meta").await;
            world.sql("DELETE FROM events").await;
            world.sql("DELETE FROM audit").await;
            let child = start(&world, false);
            let said = tokio::task::spawn_blocking(move || kill_after(child, None, words));
            let said = said.await.unwrap();
            let kept = kept(&world).await;
            let lost: Vec<_> = said.difference(&kept).collect();
            assert!(lost.is_empty(), "answered and lost: {lost:?}");
        }
    }
}
