//! A SET OF whose content is written exactly as it is: a digest or a signature is over it, and
//! sorting or re-encoding would be another SET.

use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Result, Tag, Writer};

/// Content octets of a SET OF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawSet(pub(crate) Vec<u8>);

impl FixedTag for RawSet {
    const TAG: Tag = Tag::Set;
}

impl<'a> DecodeValue<'a> for RawSet {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _: Header) -> Result<Self> {
        let length = reader.remaining_len();
        Ok(Self(reader.read_vec(length)?))
    }
}

impl EncodeValue for RawSet {
    fn value_len(&self) -> Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> Result<()> {
        writer.write(&self.0)
    }
}
