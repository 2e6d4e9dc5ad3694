use pdf::{Object, ObjectId};

use crate::{file::file, open};

fn decode(keys: &str, data: &[u8]) -> Result<Vec<u8>, String> {
    let head = format!("<<{keys}/Length {}>>\nstream\n", data.len());
    let body = [head.as_bytes(), data, b"\nendstream"].concat();
    let bytes = file(&[b"<<>>", &body]);
    let bytes = bytes.as_slice();
    let document = open(&bytes);
    let found = document.resolve(ObjectId { number: 2, generation: 0 }).unwrap();
    let Object::Stream(stream) = &*found else { panic!("no stream") };
    document.current().decode(stream).map_err(|defect| defect.code)
}

fn flate(data: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn each_filter_gives_back_what_went_in() {
    assert_eq!(decode("", b"plain").unwrap(), b"plain");
    assert_eq!(decode("/Filter/ASCIIHexDecode", b"48 65 6c6C 6F>").unwrap(), b"Hello");
    assert_eq!(decode("/Filter/ASCII85Decode", b"87cURD]i,\"Ebo80~>").unwrap(), b"Hello World!");
    assert_eq!(
        decode("/Filter/RunLengthDecode", &[2, b'a', b'b', b'c', 254, b'd', 128]).unwrap(),
        b"abcddd"
    );
    // ISO 32000-2, 7.4.4.2, the example.
    let lzw = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
    assert_eq!(
        decode("/Filter/LZWDecode", &lzw).unwrap(),
        [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
    );
    assert_eq!(decode("/Filter[/FlateDecode]", &flate(b"text")).unwrap(), b"text");
    let twice = "/Filter[/ASCIIHexDecode/FlateDecode]";
    let hex: String = flate(b"text").iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(decode(twice, hex.as_bytes()).unwrap(), b"text");
}

#[test]
fn predictors_are_undone() {
    let up = [2, 1, 2, 3, 2, 1, 1, 1, 1, 5, 1, 1, 4, 1, 0, 0];
    let keys = "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>";
    assert_eq!(decode(keys, &flate(&up)).unwrap(), [1, 2, 3, 2, 3, 4, 5, 6, 7, 6, 6, 7]);
    let keys = "/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 2/Colors 2>>";
    assert_eq!(decode(keys, &flate(&[1, 2, 3, 4])).unwrap(), [1, 2, 4, 6]);
}

#[test]
fn bombs_stop_at_their_limit() {
    let zeros = flate(&vec![0; 40 << 20]);
    assert_eq!(decode("/Filter/FlateDecode", &zeros).unwrap_err(), "budget");
    let nested = flate(&flate(&zeros));
    let keys = "/Filter[/FlateDecode/FlateDecode/FlateDecode]";
    assert_eq!(decode(keys, &nested).unwrap_err(), "budget");
    let many = format!("/Filter[{}]", "/FlateDecode".repeat(100));
    assert_eq!(decode(&many, &nested).unwrap_err(), "budget");
}

#[test]
fn what_is_not_decoded_is_named() {
    assert_eq!(decode("/Filter/DCTDecode", b"x").unwrap_err(), "filter_unsupported");
    assert_eq!(decode("/Filter/FlateDecode", b"no zlib").unwrap_err(), "stream_damaged");
    assert_eq!(decode("/F(other.bin)", b"").unwrap_err(), "filter_unsupported");
}
