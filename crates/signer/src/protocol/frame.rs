//! Frames, read and written with every length checked first.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use zeroize::Zeroize as _;

use super::{MAX_BLOB_BYTES, MAX_BLOBS, MAX_FRAME_BYTES, MAX_HEADER_BYTES, VERSION};

/// A header with its blobs. It has no `Debug`: a blob may be a PIN.
pub struct Frame<T> {
    /// What is said.
    pub body: T,
    /// Bytes that belong to it.
    pub blobs: Vec<Vec<u8>>,
}

/// Why there is no frame.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side is gone, or the system says no.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Larger than allowed.
    #[error("{what} of {bytes} bytes: at most {most} are taken")]
    TooLarge {
        /// What.
        what: &'static str,
        /// As announced.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// Not a header of this protocol.
    #[error("header: {0}")]
    Header(String),
    /// Another version of the protocol.
    #[error("protocol version {0}, wanted {VERSION}")]
    Version(u32),
}

#[derive(Serialize, Deserialize)]
struct Header<T> {
    v: u32,
    blobs: Vec<u32>,
    body: T,
}

/// Reads one frame; `None` where the other side ended before one began.
///
/// # Errors
/// [`FrameError`]; after any of them the connection is of no use.
pub async fn read_frame<T: DeserializeOwned>(
    from: &mut (impl AsyncRead + Unpin),
) -> Result<Option<Frame<T>>, FrameError> {
    let mut length = [0; 4];
    if from.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    from.read_exact(&mut length[1..]).await?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    at_most("header", length, MAX_HEADER_BYTES)?;
    let header = exactly(from, length).await?;
    let header: Header<T> =
        serde_json::from_slice(&header).map_err(|e| FrameError::Header(e.to_string()))?;
    if header.v != VERSION {
        return Err(FrameError::Version(header.v));
    }
    if header.blobs.len() > MAX_BLOBS {
        return Err(FrameError::Header(format!("{} blobs", header.blobs.len())));
    }
    let lengths: Vec<usize> =
        header.blobs.iter().map(|l| usize::try_from(*l).unwrap_or(usize::MAX)).collect();
    for length in &lengths {
        at_most("blob", *length, MAX_BLOB_BYTES)?;
    }
    at_most("frame", lengths.iter().fold(0, |sum, l| sum.saturating_add(*l)), MAX_FRAME_BYTES)?;
    let mut blobs = Vec::with_capacity(lengths.len());
    for length in lengths {
        blobs.push(exactly(from, length).await?);
    }
    Ok(Some(Frame { body: header.body, blobs }))
}

/// Writes one frame. Blobs go out as they are, uncopied.
///
/// # Errors
/// [`FrameError`]; what is too large is refused before the first byte is written.
pub async fn write_frame<T: Serialize>(
    to: &mut (impl AsyncWrite + Unpin),
    body: &T,
    blobs: &[&[u8]],
) -> Result<(), FrameError> {
    let mut lengths = Vec::with_capacity(blobs.len());
    for blob in blobs {
        at_most("blob", blob.len(), MAX_BLOB_BYTES)?;
        lengths.push(u32::try_from(blob.len()).unwrap_or(u32::MAX));
    }
    let all = blobs.iter().fold(0, |sum: usize, blob| sum.saturating_add(blob.len()));
    at_most("frame", all, MAX_FRAME_BYTES)?;
    let header = Header { v: VERSION, blobs: lengths, body };
    let header = serde_json::to_vec(&header).map_err(|e| FrameError::Header(e.to_string()))?;
    at_most("header", header.len(), MAX_HEADER_BYTES)?;
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX).to_be_bytes();
    to.write_all(&[&length, header.as_slice()].concat()).await?;
    for blob in blobs {
        to.write_all(blob).await?;
    }
    to.flush().await?;
    Ok(())
}

/// What is short may have been a PIN, or a part of one.
pub(crate) fn wipe(bytes: &mut Vec<u8>) {
    if bytes.len() <= SHORT_BYTES {
        bytes.zeroize();
    }
}

const SHORT_BYTES: usize = 4096;

fn at_most(what: &'static str, bytes: usize, most: usize) -> Result<(), FrameError> {
    if bytes > most {
        return Err(FrameError::TooLarge { what, bytes, most });
    }
    Ok(())
}

/// A buffer of just this size, so that nothing is copied while it grows.
async fn exactly(
    from: &mut (impl AsyncRead + Unpin),
    length: usize,
) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; length];
    if let Err(error) = from.read_exact(&mut bytes).await {
        wipe(&mut bytes);
        return Err(error.into());
    }
    Ok(bytes)
}
