//! A signer made for these tests: keeps the protocol's promises about PINs, lists and answering an
//! item again, and can be told to fail. Its signatures are made-up bytes.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use signer::protocol::{
    Activate, Answer, Fault, ItemHash, KeyInfo, KeyKind, KeyReady, LogPlace, Request, SignItem,
    StepInfo, Then, read_frame, write_frame,
};
use tokio::net::{UnixListener, UnixStream};

pub(crate) const PIN: &str = "87654321";

/// Steps, and the blobs that go with them.
type Made = (Vec<StepInfo>, Vec<Vec<u8>>);

#[derive(Default)]
pub(crate) struct State {
    activations: BTreeMap<uuid::Uuid, (String, Vec<ItemHash>)>,
    answered: BTreeMap<(uuid::Uuid, u32), Made>,
    /// How often each item was signed: never more than once.
    pub(crate) signed: BTreeMap<(uuid::Uuid, u32), u32>,
    /// Faults that the next requests to sign get.
    pub(crate) faults: VecDeque<Fault>,
    /// Connections are dropped without an answer, this many, after the work was done.
    pub(crate) drop_answers: u32,
    pub(crate) seen_pins: u32,
}

#[derive(Clone)]
pub(crate) struct FakeSigner {
    pub(crate) socket: PathBuf,
    pub(crate) state: Arc<Mutex<State>>,
}

/// The certificate of a key is its name: nothing here reads it.
pub(crate) fn certificate(key: &str) -> Vec<u8> {
    format!("certificate of {key}").into_bytes()
}

impl FakeSigner {
    pub(crate) fn start(folder: &Path, keys: &'static [&'static str]) -> Self {
        let socket = folder.join("signer.sock");
        let state = Arc::new(Mutex::new(State::default()));
        let listener = UnixListener::bind(&socket).unwrap();
        let fake = Self { socket, state };
        let serving = fake.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let serving = serving.clone();
                tokio::spawn(async move { serving.talk(stream, keys).await });
            }
        });
        fake
    }

    /// As if the process had died and come back: activations are gone.
    pub(crate) fn die(&self) {
        let mut state = self.state.lock().unwrap();
        state.activations.clear();
        state.answered.clear();
    }

    async fn talk(&self, mut stream: UnixStream, keys: &[&str]) {
        let Ok(Some(frame)) = read_frame::<Request>(&mut stream).await else { return };
        let (answer, blobs, drop) = self.answer(frame.body, &frame.blobs, keys);
        if drop {
            return;
        }
        let blobs: Vec<&[u8]> = blobs.iter().map(Vec::as_slice).collect();
        let _ = write_frame(&mut stream, &answer, &blobs).await;
    }

    fn answer(
        &self,
        request: Request,
        blobs: &[Vec<u8>],
        keys: &[&str],
    ) -> (Answer, Vec<Vec<u8>>, bool) {
        let mut state = self.state.lock().unwrap();
        let plain = |answer| (answer, vec![], false);
        match request {
            Request::Keys => {
                let keys = keys.iter().map(|key| KeyInfo {
                    name: (*key).to_owned(),
                    kind: if key.starts_with("seal") { KeyKind::Seal } else { KeyKind::Official },
                    ready: Ok(KeyReady {
                        certificate: certificate(key),
                        algorithm: pki::SignatureAlgorithm::Ecdsa {
                            digest: pki::DigestAlgorithm::Sha256,
                        },
                    }),
                });
                plain(Answer::Keys { keys: keys.collect(), log: None })
            }
            Request::Activate(Activate { activation, key, items, expires }) => {
                state.seen_pins += 1;
                if blobs.first().map(Vec::as_slice) != Some(PIN.as_bytes()) {
                    return plain(Answer::Fault(fault("pin_incorrect", Then::NewActivation)));
                }
                if state.activations.insert(activation, (key, items)).is_some() {
                    return plain(Answer::Fault(fault("activation_used", Then::NewActivation)));
                }
                plain(Answer::Activated { until: expires })
            }
            Request::Sign(item) => {
                if let Some(fault) = state.faults.pop_front() {
                    return plain(Answer::Fault(fault));
                }
                let drop = state.drop_answers > 0;
                state.drop_answers = state.drop_answers.saturating_sub(1);
                match sign(&mut state, &item, blobs.first().unwrap()) {
                    Ok((steps, blobs)) => {
                        let log = LogPlace { line: 7, hash: "ab".repeat(32) };
                        (Answer::Signed { steps, log }, blobs, drop)
                    }
                    Err(fault) => plain(Answer::Fault(fault)),
                }
            }
            Request::Close { activation } => {
                state.activations.remove(&activation);
                plain(Answer::Done)
            }
            Request::Checkpoint { .. } | Request::Head => plain(Answer::Head { body: None }),
        }
    }
}

fn sign(
    state: &mut State,
    item: &SignItem,
    document: &[u8],
) -> Result<(Vec<StepInfo>, Vec<Vec<u8>>), Fault> {
    let place = (item.activation, item.index);
    let Some((_, list)) = state.activations.get(&item.activation) else {
        return Err(fault("activation_unknown", Then::NewActivation));
    };
    let index = usize::try_from(item.index).unwrap();
    match list.get(index) {
        Some(hash) if *hash == item.hash() => {}
        _ => return Err(fault("item_unknown", Then::Over)),
    }
    if let Some(answered) = state.answered.get(&place) {
        return Ok(answered.clone());
    }
    assert_eq!(
        issuance::FileHash::of(document).0,
        item.orders[0].base.0,
        "the document is not the one of the order"
    );
    let (mut file, mut steps, mut blobs) = (document.to_vec(), vec![], vec![]);
    for (n, order) in item.orders.iter().enumerate() {
        if n > 0 {
            assert_eq!(order.base, signer::protocol::NO_BASE);
        }
        let tail = format!("\n% {} {}", item.activation, order.field.as_deref().unwrap_or("?"));
        file.extend_from_slice(tail.as_bytes());
        steps.push(StepInfo {
            field: order.field.clone().unwrap_or_default(),
            file: pades::FileHash(issuance::FileHash::of(&file).0),
            level: order.level,
            policy: "pades-baseline@1".to_owned(),
            at: jiff::Timestamp::now(),
            best_time: jiff::Timestamp::now(),
        });
        blobs.push(tail.into_bytes());
        blobs.push(format!("{{\"for\":\"{}\"}}", issuance::FileHash::of(&file)).into_bytes());
    }
    *state.signed.entry(place).or_default() += 1;
    state.answered.insert(place, (steps.clone(), blobs.clone()));
    Ok((steps, blobs))
}

pub(crate) fn fault(code: &str, then: Then) -> Fault {
    Fault {
        code: code.to_owned(),
        refused: true,
        then,
        text_vi: format!("không: {code}"),
        text_en: format!("no: {code}"),
    }
}
