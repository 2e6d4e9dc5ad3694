//! What an attacker can make the comparison cost. Processor time of this thread, so that other work
//! on the machine does not count; the limits are far above what an optimised build needs.

use super::*;

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}

/// Judges the last revision within a second, and refuses it.
#[track_caller]
fn refused_cheaply(file: &File) {
    let before = cpu_seconds();
    let others = file.others(None);
    let spent = cpu_seconds() - before;
    assert!(!others.is_empty());
    assert!(spent < 1.0, "{spent} s");
}

fn objects(count: u32, body: impl Fn(u32) -> String) -> Vec<(u32, String)> {
    (0..count).map(|at| (1_000 + at, body(1_000 + at))).collect()
}

fn borrowed(objects: &[(u32, String)]) -> Vec<(u32, &str)> {
    objects.iter().map(|(number, body)| (*number, body.as_str())).collect()
}

/// Each replaced object stream has to be asked for its members, which only a walk over all entries
/// finds.
#[test]
fn many_replaced_object_streams() {
    let container = |_| stream("/Type/ObjStm/N 0/First 0", "");
    let containers = objects(2_000, container);
    // Entries to walk: free ones cost the least to write.
    let padding: Vec<(u32, String)> = (10_000..40_000).map(|n| (n, "0".to_owned())).collect();
    let mut all = borrowed(&containers);
    all.extend(borrowed(&padding));
    let mut file = signed_with(true, &all);
    file.add(&borrowed(&containers));
    refused_cheaply(&file);
}

/// A list of which each member is replaced: to explain one, all before it are climbed.
#[test]
fn a_long_list_explained_member_by_member() {
    let list = |last: u32| {
        move |n: u32| if n < last { format!("<</N {} 0 R/A 1>>", n + 1) } else { "0".into() }
    };
    let before = objects(20_000, list(20_999));
    let mut all = borrowed(&before);
    all.push((5, "<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/X 1000 0 R>>"));
    let mut file = signed_with(false, &all);
    let after: Vec<(u32, String)> =
        before.iter().map(|(n, body)| (*n, body.replace("/A 1", "/A 2"))).collect();
    file.add(&borrowed(&after));
    refused_cheaply(&file);
}

/// Many objects, each equal to what it was, after a comparison of the same large array.
#[test]
fn one_large_array_compared_again_and_again() {
    let big = format!("[{}]", "1 ".repeat(100_000));
    let before = objects(2_000, |_| "[<</A 999 0 R>>]".into());
    let names: String = before.iter().map(|(n, _)| format!("{n} 0 R ")).collect();
    let holder = format!("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/X[{names}]>>");
    let mut all = borrowed(&before);
    all.extend([(999, big.as_str()), (5, holder.as_str())]);
    let mut file = signed_with(false, &all);
    let after = objects(2_000, |_| "[<</A 900 0 R>>]".into());
    let mut all = borrowed(&after);
    all.push((900, &big));
    file.add(&all);
    refused_cheaply(&file);
    assert!(file.others(None).iter().any(|what| what.contains("too much to compare")));
}

/// References that led nowhere, in one array: each new object asks who names it.
#[test]
fn many_woken_references_of_one_array() {
    let count = 20_000;
    let names: String = (1_000..1_000 + count).map(|n| format!("{n} 0 R ")).collect();
    let holder = format!("<</Type/Font/Subtype/Type1/BaseFont/Times-Roman/X[{names}]>>");
    let mut file = signed_with(false, &[(5, &holder)]);
    file.add(&borrowed(&objects(count, |_| "0".into())));
    refused_cheaply(&file);
}

/// A dictionary of as many keys as one object may have, rewritten.
#[test]
fn a_dictionary_of_very_many_keys() {
    let keys: String = (0..100_000).map(|n| format!("/K{n} 1")).collect();
    let font = |last: u8| format!("<</Type/Font{keys}/Last {last}>>");
    let mut file = signed_with(false, &[(5, &font(1))]);
    file.add(&[(5, &font(2))]);
    refused_cheaply(&file);
}
