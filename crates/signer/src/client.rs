//! The caller's side: one connection a call, so that calls run beside each other.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use pades::FileHash;
use tokio::net::UnixStream;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::protocol::{
    Activate, Answer, Fault, FrameError, KeyInfo, LogPlace, Request, SignItem, StepInfo,
    read_frame, write_frame,
};

/// Talks to the signer at a socket. Cheap to clone; it holds no connection.
#[derive(Clone, Debug)]
pub struct Client {
    socket: PathBuf,
    patience: Duration,
}

/// Keys, and the public key of checkpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// Keys that sign for people and agencies.
    pub keys: Vec<KeyInfo>,
    /// `name+id+key`; `None`: this signer has none.
    pub log: Option<String>,
}

/// A signed item: append the tails to the document one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// In the order of the orders.
    pub steps: Vec<Step>,
    /// Where the signer's own log says so.
    pub log: LogPlace,
}

/// What one order became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// About it.
    pub info: StepInfo,
    /// Bytes to append.
    pub tail: Vec<u8>,
    /// `validation::Evidence` as JSON: what the verdict rests on.
    pub evidence: Vec<u8>,
}

/// Why there is no answer, or not the wanted one.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The signer says no, or could not.
    #[error(transparent)]
    Fault(Fault),
    /// No signer at the socket, or it went away. An activation it had may be lost.
    #[error("signer at {}: {why}", .socket.display())]
    Unreachable {
        /// Where it was looked for.
        socket: PathBuf,
        /// As the system says.
        why: String,
    },
    /// It answered, but not as agreed.
    #[error("signer: {0}")]
    Protocol(String),
}

impl Signed {
    /// The whole file after the last step.
    pub fn apply(&self, document: &[u8]) -> Vec<u8> {
        let mut file = document.to_vec();
        for step in &self.steps {
            file.extend_from_slice(&step.tail);
        }
        file
    }

    /// Hash of the file after the last step.
    pub fn file(&self) -> Option<FileHash> {
        self.steps.last().map(|step| step.info.file)
    }
}

impl Client {
    /// Waits up to two minutes for an answer.
    pub fn new(socket: impl AsRef<Path>) -> Client {
        Client { socket: socket.as_ref().to_owned(), patience: Duration::from_secs(120) }
    }

    /// The same with another patience.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Client {
        Client { patience, ..self }
    }

    /// Which keys there are.
    ///
    /// # Errors
    /// [`ClientError`], as for all calls.
    pub async fn keys(&self) -> Result<Keys, ClientError> {
        match self.ask(&Request::Keys, &[]).await? {
            (Answer::Keys { keys, log }, _) => Ok(Keys { keys, log }),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Opens the key for the list. The PIN is tried once; gives when the activation ends.
    ///
    /// # Errors
    /// Wrong or locked PIN, a certificate that may not sign, a list or time out of bounds …
    pub async fn activate(
        &self,
        activate: Activate,
        pin: &Zeroizing<String>,
    ) -> Result<Timestamp, ClientError> {
        match self.ask(&Request::Activate(activate), &[pin.as_bytes()]).await? {
            (Answer::Activated { until }, _) => Ok(until),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Signs one item. To be called again after a lost answer: an item that was signed gives the same
    /// answer until its activation ends.
    ///
    /// # Errors
    /// [`Fault::then`] says what is left to the caller.
    pub async fn sign(&self, item: SignItem, document: &[u8]) -> Result<Signed, ClientError> {
        let (answer, blobs) = self.ask(&Request::Sign(item), &[document]).await?;
        let Answer::Signed { steps, log } = answer else { return Err(unexpected(&answer)) };
        if blobs.len() != steps.len().saturating_mul(2) {
            return Err(ClientError::Protocol("blobs and steps do not match".to_owned()));
        }
        let mut blobs = blobs.into_iter();
        let steps = steps
            .into_iter()
            .map(|info| Step {
                info,
                tail: blobs.next().unwrap_or_default(),
                evidence: blobs.next().unwrap_or_default(),
            })
            .collect();
        Ok(Signed { steps, log })
    }

    /// Ends an activation; one that is unknown counts as ended.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn close(&self, activation: Uuid) -> Result<(), ClientError> {
        match self.ask(&Request::Close { activation }, &[]).await? {
            (Answer::Done, _) => Ok(()),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Signs a head of the transparency log; gives the note. `proof`: base64 hashes that show that the
    /// tree begins with the one of [`Client::head`].
    ///
    /// # Errors
    /// A smaller tree, or one that does not begin with the last one, is refused.
    pub async fn checkpoint(
        &self,
        body: String,
        proof: Vec<String>,
    ) -> Result<String, ClientError> {
        match self.ask(&Request::Checkpoint { body, proof }, &[]).await? {
            (Answer::Checkpoint { note }, _) => Ok(note),
            other => Err(unexpected(&other.0)),
        }
    }

    /// Body of the checkpoint that was signed last.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn head(&self) -> Result<Option<String>, ClientError> {
        match self.ask(&Request::Head, &[]).await? {
            (Answer::Head { body }, _) => Ok(body),
            other => Err(unexpected(&other.0)),
        }
    }

    async fn ask(
        &self,
        request: &Request,
        blobs: &[&[u8]],
    ) -> Result<(Answer, Vec<Vec<u8>>), ClientError> {
        let exchange = async {
            let mut stream = UnixStream::connect(&self.socket).await.map_err(FrameError::Io)?;
            // A signer that refuses early answers and closes before it has read everything.
            let sent = write_frame(&mut stream, request, blobs).await;
            match (read_frame::<Answer>(&mut stream).await, sent) {
                (Ok(Some(frame)), _) => Ok(frame),
                (_, Err(unsent)) => Err(unsent),
                (Ok(None), _) => Err(FrameError::Io(std::io::ErrorKind::UnexpectedEof.into())),
                (Err(unread), _) => Err(unread),
            }
        };
        let frame = match tokio::time::timeout(self.patience, exchange).await {
            Ok(Ok(frame)) => frame,
            Ok(Err(FrameError::Io(error))) => return Err(self.unreachable(&error.to_string())),
            Ok(Err(other)) => return Err(ClientError::Protocol(other.to_string())),
            Err(_) => return Err(self.unreachable("no answer in time")),
        };
        match frame.body {
            Answer::Fault(fault) => Err(ClientError::Fault(fault)),
            answer => Ok((answer, frame.blobs)),
        }
    }

    fn unreachable(&self, why: &str) -> ClientError {
        ClientError::Unreachable { socket: self.socket.clone(), why: why.to_owned() }
    }
}

fn unexpected(answer: &Answer) -> ClientError {
    let answer = format!("{answer:?}");
    let start: String = answer.chars().take(40).collect();
    ClientError::Protocol(format!("an answer to another question: {start}"))
}
