use pdf::{Object, ObjectId, text_of, text_string};

use crate::{codes, file::file, open};

fn object(body: &[u8]) -> Object {
    let bytes = file(&[b"<<>>", body]);
    let bytes = bytes.as_slice();
    let document = open(&bytes);
    (*document.resolve(ObjectId { number: 2, generation: 0 }).unwrap()).clone()
}

#[test]
fn objects_are_read_as_the_standard_says() {
    assert_eq!(object(b"-17"), Object::Integer(-17));
    assert_eq!(object(b"+.5").as_number(), Some(0.5));
    assert_eq!(object(b"true"), Object::Bool(true));
    assert_eq!(object(b"/A#20B#"), Object::Name(b"A B#".to_vec()));
    assert_eq!(object(b"(a\\(\\101\\\r\nb(c)\\7)"), Object::String(b"a(Ab(c)\x07".to_vec()));
    assert_eq!(object(b"<4 1 4>"), Object::String(vec![0x41, 0x40]));
    assert_eq!(object(b""), Object::Null);
    let reference = Object::Reference(ObjectId { number: 3, generation: 0 });
    assert_eq!(
        object(b"[1 2 3 0 R % comment\n 4 0]"),
        Object::Array(vec![
            Object::Integer(1),
            Object::Integer(2),
            reference,
            Object::Integer(4),
            Object::Integer(0),
        ])
    );
    let dictionary = object(b"<</A<</B null>>/C(x)>>");
    assert_eq!(dictionary.as_dictionary().unwrap().len(), 2);
}

#[test]
fn what_is_written_is_read_again() {
    let texts: [&[u8]; 3] = [
        b"<</Na#20me[1 -2.50 true null/X 9 0 R]/S(a\\)b)/H<00FF>/D<<>>>>",
        b"[(\\\\)/#C3#A9]",
        b"<</A 1/B/C/D[/E(f)]>>",
    ];
    for text in texts {
        let read = object(text);
        let mut written = vec![];
        read.write(&mut written);
        assert_eq!(object(&written), read, "{}", String::from_utf8_lossy(&written));
    }
}

#[test]
fn malformed_objects_are_damage_not_guesses() {
    for body in [b"[1 2".as_slice(), b"<</A>>", b"<</A 1 /B", b"<4x>", b"--1", b"1.2.3"] {
        let bytes = file(&[b"<<>>", body]);
        let bytes = bytes.as_slice();
        let document = open(&bytes);
        let found = document.resolve(ObjectId { number: 2, generation: 0 });
        assert_eq!(found.unwrap_err().code, "object_damaged", "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_key_that_stands_twice_is_named_even_in_disguise() {
    let bytes = file(&[b"<<>>", b"<</Contents 1/#43ontents 2>>"]);
    let bytes = bytes.as_slice();
    let document = open(&bytes);
    let found = document.resolve(ObjectId { number: 2, generation: 0 }).unwrap();
    assert_eq!(found.as_dictionary().unwrap().get("Contents"), Some(&Object::Integer(2)));
    assert_eq!(codes(&document), ["duplicate_key"]);
}

#[test]
fn text_strings_keep_vietnamese() {
    for text in ["Signature1", "Nguyễn Văn Ớt", "emoji 🖋"] {
        let Object::String(bytes) = text_string(text) else { panic!() };
        assert_eq!(text_of(&bytes), text);
    }
}
