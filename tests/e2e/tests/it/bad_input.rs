//! Bad input through the real program: whatever is wrong, it ends soon, in both languages and with a stable code, asks
//! the token for nothing that it should not, and leaves no file behind.
//!
//! The cases are functions under the headings below; each has a desk and servers of its own. They run side by side in
//! one test, so that one table tells of all: `target/bad-input.tsv` and standard output.
//! `BAD_INPUT=words cargo test -p e2e --test it bad_input` runs those whose name holds the words.

mod attempt;
mod certificates;
mod documents;
mod outputs;
mod servers;
mod tokens;
mod verify;
mod words;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};

use crate::show;
use attempt::{Bench, Row};

/// What is looked at, and how.
type Case = (&'static str, fn(&mut Bench) -> Result<()>);

#[test]
fn bad_input_ends_in_words_and_leaves_nothing() {
    lab::testing::lab().unwrap();
    e2e::antin().unwrap();
    let wanted = std::env::var("BAD_INPUT").unwrap_or_default();
    let cases: Vec<Case> = [
        servers::CASES,
        tokens::CASES,
        documents::CASES,
        certificates::CASES,
        outputs::CASES,
        verify::CASES,
        words::CASES,
    ]
    .concat()
    .into_iter()
    .filter(|(name, _)| name.contains(&wanted))
    .collect();
    assert!(!cases.is_empty(), "no case has {wanted} in its name");

    let began = Instant::now();
    let (rows, failures) = run(&cases);
    let table: Vec<_> = rows
        .iter()
        .map(|r| {
            let seconds = format!("{:.1} s", r.seconds);
            show::row([&r.case, &r.exit.to_string(), &r.code, &seconds, &on_one_line(&r.sentence)])
        })
        .collect();
    show::table("bad input: case, exit, code, time of both runs, what people read", &table);
    println!("{} ends in {:.0} s", rows.len(), began.elapsed().as_secs_f64());
    if wanted.is_empty() {
        keep(&rows).unwrap();
    }
    assert!(failures.is_empty(), "{} wrong:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// Most cases wait for a process or a server: more of them than processors.
const SIDE_BY_SIDE: usize = 4;

/// Rows in the order of the cases, whatever the order of their ends.
fn run(cases: &[Case]) -> (Vec<Row>, Vec<String>) {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(vec![]);
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some((at, case)) = take(cases, &next) {
                    let outcome = one(case);
                    done.lock().unwrap().push((at, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(at, _)| *at);
    let (mut rows, mut failures) = (vec![], vec![]);
    for (_, (told, failure)) in done {
        rows.extend(told);
        failures.extend(failure);
    }
    (rows, failures)
}

fn take<'c>(cases: &'c [Case], next: &AtomicUsize) -> Option<(usize, &'c Case)> {
    let at = next.fetch_add(1, Ordering::SeqCst);
    Some((at, cases.get(at)?))
}

fn one((name, case): &Case) -> (Vec<Row>, Option<String>) {
    let mut bench = match Bench::new() {
        Ok(bench) => bench,
        Err(e) => return (vec![], Some(format!("{name}: {e:#}"))),
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| case(&mut bench)))
        .unwrap_or_else(|_| Err(anyhow!("panicked")))
        .context(*name);
    (bench.rows, outcome.err().map(|e| format!("{e:#}")))
}

/// For whoever shows the table later.
fn keep(rows: &[Row]) -> Result<()> {
    let mut text = String::from("case\texit\tcode\ttext_vi\n");
    for row in rows {
        let sentence = on_one_line(&row.sentence);
        writeln!(text, "{}\t{}\t{}\t{sentence}", row.case, row.exit, row.code)?;
    }
    let lab = lab::testing::lab_dir();
    let target = lab.parent().context("the target folder")?;
    Ok(std::fs::write(target.join("bad-input.tsv"), text)?)
}

fn on_one_line(sentence: &str) -> String {
    sentence.split_whitespace().collect::<Vec<_>>().join(" ")
}
