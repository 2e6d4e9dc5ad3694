//! A draft made ready to be signed: looked through, QR and fields placed.

use std::collections::BTreeMap;

use issuance::{ActSpec, CheckCode, FieldBox, Layout, Place, Position, Procedure, Refusal};

use super::{Desk, DeskError};
use crate::draft::{Prepared, Wanted, prepare};

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
        let certify = procedure.terms.certify.is_some();
        let title = draft.position.title.clone();
        let name = draft.signer.clone();
        let moved = if file == 0 { draft.moved.clone() } else { BTreeMap::new() };
        let link = (file == 0).then(|| self.link(&draft.code));
        let place = self.preparing.clone().acquire_owned().await;
        let _place = place.map_err(|error| DeskError::Ended(error.to_string()))?;
        // Pages are drawn here: not on a thread that answers others.
        let prepared = tokio::task::spawn_blocking(move || {
            let wanted = Wanted {
                acts: &acts,
                layout: &layout,
                file,
                certify,
                title: &title,
                name: &name,
                moved: &moved,
                link: link.as_deref(),
            };
            prepare(&pdf, &wanted)
        });
        let prepared = prepared.await.map_err(|error| DeskError::Ended(error.to_string()))?;
        let Prepared { pdf, boxes, .. } = prepared.map_err(Refusal::from)?;
        Ok((pdf, boxes))
    }

    /// What the QR says.
    pub fn link(&self, code: &CheckCode) -> String {
        format!("{}/k/{code}", self.public_url)
    }
}
