//! The socket: who may talk, how long they may take, what they ask for.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::activation::Answered;
use super::{Inner, StartError, fault, pin_of};
use crate::protocol::{Answer, Fault, Frame, FrameError, Request, read_frame, wipe, write_frame};

pub(super) async fn serve(
    engine: &Arc<Inner>,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let path = &engine.config.socket;
    let listener = bind(path).map_err(|e| StartError::Io(path.clone(), e))?;
    tracing::info!(socket = %path.display(), "listening");
    let connections = Arc::new(Semaphore::new(engine.config.limits.connections));
    let mut tick = interval(Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            _ = tick.tick() => {
                let engine = Arc::clone(engine);
                tokio::task::spawn_blocking(move || engine.sweep(false));
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (engine, connections) = (Arc::clone(engine), Arc::clone(&connections));
                    tokio::spawn(async move {
                        match connections.try_acquire() {
                            Ok(_place) => talk(&engine, stream).await,
                            Err(_) => let_go(stream, fault::overloaded()).await,
                        }
                    });
                }
                Err(error) => {
                    // Out of descriptors, most likely: let others finish.
                    tracing::error!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    // Nobody new, then wait for those that are worked on.
    let _ = fs::remove_file(path);
    drop(listener);
    let all = u32::try_from(engine.config.limits.in_flight).unwrap_or(1);
    let _ = timeout(FAREWELL, engine.in_flight.acquire_many(all)).await;
    let last = Arc::clone(engine);
    let _ = tokio::task::spawn_blocking(move || last.sweep(true)).await;
    Ok(())
}

/// How long running items may take when the process is to stop.
const FAREWELL: Duration = Duration::from_secs(15);

/// Made under another name and with its mode before anybody can find it.
fn bind(path: &Path) -> io::Result<UnixListener> {
    if path.exists() && std::os::unix::net::UnixStream::connect(path).is_ok() {
        return Err(io::ErrorKind::AddrInUse.into());
    }
    let new = path.with_extension("new");
    match fs::remove_file(&new) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let listener = UnixListener::bind(&new)?;
    fs::set_permissions(&new, Permissions::from_mode(0o660))?;
    fs::rename(&new, path)?;
    Ok(listener)
}

async fn talk(engine: &Arc<Inner>, mut stream: UnixStream) {
    let Ok(peer) = stream.peer_cred() else { return };
    let uid = peer.uid();
    let allowed = &engine.config.allow_uids;
    let own = rustix::process::geteuid().as_raw();
    if !(allowed.contains(&uid) || allowed.is_empty() && uid == own) {
        tracing::warn!(uid, "not allowed");
        return let_go(stream, fault::not_allowed(uid)).await;
    }
    let patience = Duration::from_secs(engine.config.limits.peer_seconds);
    loop {
        let frame = match timeout(patience, read_frame::<Request>(&mut stream)).await {
            Ok(Ok(Some(frame))) => frame,
            Ok(Ok(None) | Err(FrameError::Io(_))) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::warn!(uid, %error, "not a frame");
                return let_go(stream, fault::bad_request(&error.to_string())).await;
            }
        };
        let said = answer(engine, frame, uid).await;
        let sent = timeout(patience, async {
            match said {
                Said::Plain(answer) => write_frame(&mut stream, &answer, &[]).await,
                Said::Signed(answered) => send_signed(&mut stream, &answered).await,
            }
        });
        // Who went away may ask again: an item's answer is kept.
        if !matches!(sent.await, Ok(Ok(()))) {
            return;
        }
    }
}

enum Said {
    Plain(Answer),
    Signed(Arc<Answered>),
}

async fn answer(engine: &Arc<Inner>, frame: Frame<Request>, uid: u32) -> Said {
    let Frame { body, mut blobs } = frame;
    let said: Result<Answer, Fault> = match body {
        Request::Activate(ask) => match pin_of(&mut blobs) {
            Ok(pin) => engine.activate(ask, pin, uid).await,
            Err(fault) => Err(fault),
        },
        Request::Sign(item) => match (blobs.pop(), blobs.is_empty()) {
            (Some(document), true) => match engine.sign(item, document).await {
                Ok(answered) => return Said::Signed(answered),
                Err(fault) => Err(fault),
            },
            _ => Err(fault::bad_request("one document is wanted")),
        },
        _ if !blobs.is_empty() => {
            blobs.iter_mut().for_each(wipe);
            Err(fault::bad_request("blobs that nobody wants"))
        }
        Request::Keys => {
            let engine = Arc::clone(engine);
            super::blocking(move || Ok(engine.keys())).await
        }
        Request::Close { activation } => engine.close(activation).await,
        Request::Checkpoint { body, proof } => engine.checkpoint(body, proof).await,
        Request::Head => engine.head(),
    };
    Said::Plain(said.unwrap_or_else(Answer::Fault))
}

async fn send_signed(stream: &mut UnixStream, answered: &Answered) -> Result<(), FrameError> {
    let steps = answered.steps.iter().map(|made| made.info.clone()).collect();
    let answer = Answer::Signed { steps, log: answered.log.clone() };
    let blobs: Vec<&[u8]> = answered
        .steps
        .iter()
        .flat_map(|made| [made.tail.as_slice(), made.evidence.as_slice()])
        .collect();
    write_frame(stream, &answer, &blobs).await
}

/// Says why, and reads a little of what the peer still sends: closing on unread bytes would take the
/// answer from it.
async fn let_go(mut stream: UnixStream, fault: Fault) {
    let farewell = async {
        if write_frame(&mut stream, &Answer::Fault(fault), &[]).await.is_err() {
            return;
        }
        let _ = stream.shutdown().await;
        let mut sink = vec![0; 64 << 10];
        let mut left = LET_GO_BYTES;
        while let Ok(length) = stream.read(&mut sink).await {
            left = left.saturating_sub(length);
            if length == 0 || left == 0 {
                return;
            }
        }
    };
    let _ = timeout(Duration::from_secs(2), farewell).await;
}

const LET_GO_BYTES: usize = 16 << 20;
