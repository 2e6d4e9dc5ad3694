//! Frames and hashes; configuration.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use signer::engine::Config;
use signer::protocol::{
    Answer, Frame, FrameError, KeyReady, MAX_HEADER_BYTES, Request, SignItem, read_frame,
    write_frame,
};
use signing::{Appearance, Level, Look, Place, Words, WordsFace};

use crate::world::{Setting, World, fault, order, uuid};

fn item() -> SignItem {
    let algorithm = pki::SignatureAlgorithm::pss(pki::DigestAlgorithm::Sha256);
    let mut one = order(&KeyReady { certificate: vec![1, 2], algorithm }, Some(b"x"), Level::T);
    // Numbers that a careless parser gives back a little changed.
    let at = |n: u32| f64::from(n) / 7.3 + 1e-13;
    one.appearance = Some(Appearance {
        place: Place { page: 0, x_mm: at(1), y_mm: at(2), width_mm: at(300), height_mm: at(4) },
        look: Look::Blanks {
            words: (1..200)
                .map(|n| Words {
                    text: "05".into(),
                    x_mm: at(n),
                    width_mm: at(n * 3),
                    baseline_mm: at(n * 5),
                    face: WordsFace::Italic,
                    size_pt: 13.0,
                })
                .collect(),
        },
    });
    SignItem { activation: uuid(1), index: 3, result: uuid(2), revision: 1, orders: vec![one] }
}

#[tokio::test]
async fn an_item_has_the_same_hash_on_the_other_side() {
    let item = item();
    let mut wire = vec![];
    write_frame(&mut wire, &Request::Sign(item.clone()), &[b"document"]).await.unwrap();
    let frame: Frame<Request> = read_frame(&mut wire.as_slice()).await.unwrap().unwrap();
    let Request::Sign(arrived) = frame.body else { panic!() };
    assert_eq!(arrived.hash(), item.hash());
    assert_eq!(frame.blobs, [b"document"]);
    assert_ne!(SignItem { revision: 2, ..item.clone() }.hash(), item.hash());
}

#[tokio::test]
async fn lengths_are_held_against_limits_before_they_are_believed() {
    let read = async |bytes: &[u8]| read_frame::<Request>(&mut &*bytes).await;
    assert!(matches!(read(b"").await, Ok(None)));
    let large = u32::try_from(MAX_HEADER_BYTES + 1).unwrap().to_be_bytes();
    assert!(matches!(read(&large).await, Err(FrameError::TooLarge { what: "header", .. })));
    let framed = |json: &str| {
        [&u32::try_from(json.len()).unwrap().to_be_bytes()[..], json.as_bytes()].concat()
    };
    for (json, why) in [
        (r#"{"v":1,"blobs":[4294967295],"body":{"ask":"keys"}}"#, "blob of"),
        (r#"{"v":1,"blobs":[60000000,60000000],"body":{"ask":"keys"}}"#, "frame of"),
        (r#"{"v":2,"blobs":[],"body":{"ask":"keys"}}"#, "protocol version 2"),
        (r#"{"v":1,"blobs":[],"body":{"ask":"open_everything"}}"#, "unknown variant"),
        ("not JSON", "header"),
    ] {
        let Err(error) = read(&framed(json)).await else { panic!("{json}") };
        assert!(error.to_string().contains(why), "{json}: {error}");
    }
    let short = [framed(r#"{"v":1,"blobs":[9],"body":{"ask":"keys"}}"#), b"abc".to_vec()].concat();
    assert!(matches!(read(&short).await, Err(FrameError::Io(_))));
}

#[test]
fn a_stranger_s_bytes_get_a_reason_and_the_signer_lives() {
    let world = World::new();
    let socket = world.dir.path().join("signer.sock");
    for bytes in [&b"\xff\xff\xff\xff"[..], b"\x00\x00\x00\x02{}", b"GET / HTTP/1.1\r\n\r\n"] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.write_all(bytes).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut said = vec![];
        stream.read_to_end(&mut said).unwrap();
        let said = String::from_utf8_lossy(&said);
        assert!(said.is_empty() || said.contains("bad_request"), "{said}");
    }
    // An orderly frame with a PIN that is not wanted.
    let answer = world.runtime.block_on(async {
        let mut stream = tokio::net::UnixStream::connect(&socket).await.unwrap();
        write_frame(&mut stream, &Request::Keys, &[b"1234"]).await.unwrap();
        read_frame::<Answer>(&mut stream).await.unwrap().unwrap().body
    });
    assert!(matches!(answer, Answer::Fault(fault) if fault.code == "bad_request"));
    world.runtime.block_on(world.client.keys()).unwrap();
}

#[test]
fn only_listed_users_are_answered() {
    let world =
        World::with(Setting { more: "allow_uids = [12345]\n".into(), ..Default::default() });
    assert_eq!(fault(world.runtime.block_on(world.client.keys())).code, "not_allowed");
    assert_eq!(fault(world.runtime.block_on(world.client.head())).code, "not_allowed");
    let (item, pdf) = (item(), vec![7; 4 << 20]);
    assert_eq!(fault(world.sign(&item, &pdf)).code, "not_allowed");
}

#[test]
fn a_configuration_with_a_wrong_word_is_refused() {
    let right = "socket = \"s\"\nstate = \"t\"\nmodule = \"m.so\"\ntrust = [\"r\"]\n[[keys]]\nname = \"a\"\nkind = \"official\"\ntoken = \"t\"\nkey = \"k\"\n";
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        let path = folder.path().join("signer.toml");
        std::fs::write(&path, text).unwrap();
        Config::read(&path).map_err(|e| e.to_string())
    };
    let config = read(right).unwrap();
    assert_eq!(config.socket, folder.path().join("s"));
    for (from, to, why) in [
        ("socket", "sockett", "unknown field"),
        ("kind = \"official\"", "kind = \"boss\"", "unknown variant"),
        ("key = \"k\"", "pin = \"1234\"", "unknown field"),
        ("trust = [\"r\"]", "trust = []", "no anchor"),
        ("kind = \"official\"", "kind = \"checkpoint\"", "origin"),
        ("key = \"k\"", "", "token and key"),
        ("[[keys]]", "policy = \"none\"\n[[keys]]", "policy"),
        ("[[keys]]", "[limits]\nsessions = 0\n[[keys]]", "limits"),
    ] {
        let error = read(&right.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(why), "{to}: {error}");
    }
    let log = "[[keys]]\nname = \"log\"\nkind = \"checkpoint\"\norigin = \"o\"\n";
    let shared = format!("{right}{log}token = \"t\"\nkey = \"l\"\npin_file = \"p\"\n");
    assert!(read(&shared).unwrap_err().contains("token of its own"));
    assert!(read(&format!("{right}{log}file = \"f\"\n")).is_ok());
}
