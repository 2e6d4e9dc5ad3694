//! What preparing and reading cost; printed, not judged: `cargo test -p pades -- --ignored speed`.

use pades::Limits;

use crate::{base, base::Style, order, placed, sign};

/// Processor time of this thread; other work on the machine does not count.
fn cpu_ns() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn time(what: &str, rounds: u32, mut run: impl FnMut()) {
    run();
    let before = cpu_ns();
    (0..rounds).for_each(|_| run());
    println!("{what}: {:.1} µs", (cpu_ns() - before) / 1e3 / f64::from(rounds));
}

fn prepare(base: &[u8], what: &pades::NewSignature<'_>) {
    let hash = pades::FileHash([0; 32]);
    drop(pades::prepare(&base, hash, what, &Limits::default()).unwrap());
}

/// As many pages as make `count` objects.
pub(crate) fn many(style: Style, count: usize) -> Vec<u8> {
    let pages = count - 3;
    let kids: Vec<String> = (0..pages).map(|page| format!("{} 0 R", page + 4)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!("<</Type/Pages/Kids[{}]/Count {pages}/MediaBox[0 0 595 842]>>", kids.join(" ")),
        "<</Length 5>>\nstream\nBT ET\nendstream".to_owned(),
    ];
    objects.resize(count, "<</Type/Page/Parent 2 0 R/Contents 3 0 R/Resources<<>>>>".to_owned());
    base::write(style, &objects)
}

#[test]
#[ignore = "prints times"]
fn speed() {
    let small = base::pages(Style::Table, "", "", &[&format!("({})", "x".repeat(36_000))]);
    let visible =
        pades::NewSignature { appearance: Some(placed(0)), contents_bytes: 8192, ..order() };
    let algorithm = pki::DigestAlgorithm::Sha256;
    time("prepare 36 KB", 2_000, || prepare(&small, &visible));
    time("SHA-256 of 36 KB", 2_000, || drop(algorithm.digest(&small)));
    let signed = sign(&small, &visible);
    time("read 36 KB", 2_000, || drop(pades::read(&signed, &Limits::default())));
    let twice = sign(&signed, &order());
    time("read 36 KB, twice signed", 500, || drop(pades::read(&twice, &Limits::default())));
    let large = many(Style::Table, 20_000);
    time("prepare 20,000 objects", 20, || prepare(&large, &visible));
    time("outline 20,000 objects", 5, || drop(pades::outline(&large, &Limits::default()).unwrap()));
    let once = sign(&large, &visible);
    time("read 20,000 objects", 20, || drop(pades::read(&once, &Limits::default())));
    let twice = sign(&once, &order());
    time("read 20,000 objects, twice signed", 5, || drop(pades::read(&twice, &Limits::default())));
}
