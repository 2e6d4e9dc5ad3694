//! A draft made ready to be signed: looked through, QR and fields placed.

use std::collections::BTreeMap;

use issuance::{ActSpec, CheckCode, FieldBox, Layout, Place, Position, Procedure, Refusal};

use super::{Desk, DeskError};
use crate::children::PrepareJob;
use crate::draft::Prepared;

/// What all files of one result have in common.
pub(super) struct Draft {
    pub(super) procedure: Procedure,
    pub(super) position: Position,
    /// Who holds the position.
    pub(super) signer: String,
    pub(super) code: CheckCode,
    /// Boxes that a person moved, of the main file.
    pub(super) moved: BTreeMap<String, Place>,
}

impl Desk {
    /// The file with QR and fields, and its boxes.
    pub(super) async fn prepare(
        &self,
        draft: &Draft,
        file: u16,
        pdf: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<FieldBox>), DeskError> {
        let procedure = &draft.procedure;
        let (acts, layout): (Vec<ActSpec>, Layout) = match file {
            0 => (procedure.acts.clone(), procedure.layout.clone()),
            _ => (procedure.attachment_acts.clone(), procedure.layout.clone()),
        };
        let job = PrepareJob {
            acts,
            layout,
            file,
            certify: procedure.terms.certify.is_some(),
            title: draft.position.title.clone(),
            name: draft.signer.clone(),
            moved: if file == 0 { draft.moved.clone() } else { BTreeMap::new() },
            link: (file == 0).then(|| self.link(&draft.code)),
        };
        let ended = |why: String| DeskError::Ended(why);
        let prepared = match &self.children {
            Some(children) => {
                children.prepare(&pdf, &job).await.map_err(|e| ended(e.to_string()))?
            }
            None => {
                let place = self.preparing.clone().acquire_owned().await;
                let _place = place.map_err(|e| ended(e.to_string()))?;
                // Pages are drawn here: not on a thread that answers others.
                let prepared = tokio::task::spawn_blocking(move || job.run(&pdf));
                prepared.await.map_err(|e| ended(e.to_string()))?
            }
        };
        let Prepared { pdf, boxes, .. } = prepared.map_err(Refusal::from)?;
        Ok((pdf, boxes))
    }

    /// What the QR says.
    pub fn link(&self, code: &CheckCode) -> String {
        format!("{}/k/{code}", self.public_url)
    }
}
