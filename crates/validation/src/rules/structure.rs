//! Rules 1, 4 and 13 for the file: readable, exact, and every byte part of a revision that was read.

use crate::checks::{Check, Outcome};
use crate::record::Record;
use crate::report::Warning;
use pades::PdfFacts;

/// The checks of the file itself. True when nothing is wrong with it.
pub(crate) fn judge(pdf: &PdfFacts, record: &mut Record, warnings: &mut Vec<Warning>) -> bool {
    let defects: Vec<_> = pdf.defects.iter().collect();
    let described = super::describe(&defects);
    // What is encrypted and was not opened hides its signatures: that is not a file without one.
    let closed = defects.iter().any(|defect| defect.code == "encrypted");
    line(record, Check::FileReadable, pdf.readable && !closed, &described);
    let exact = defects.is_empty();
    if pdf.readable && !closed {
        line(record, Check::FileStructure, exact, &described);
    }
    // White space or comments after the end are told (an oddity); anything else is refused.
    let told = pdf.oddities.iter().any(|oddity| oddity.code == "tail_bytes");
    let tail = told || pdf.revision_ends.last().is_none_or(|end| *end == pdf.file_len);
    line(
        record,
        Check::FileTail,
        tail,
        &pdf.revision_ends.last().map_or(String::new(), |end| format!("byte {end}")),
    );
    if !exact {
        warnings.push(Warning { code: "structure".into(), field: None, detail: Some(described) });
    }
    if !tail {
        warnings.push(Warning { code: "tail".into(), field: None, detail: None });
    }
    if pdf.encrypted {
        warnings.push(Warning { code: "encrypted".into(), field: None, detail: None });
    }
    for oddity in &pdf.oddities {
        warnings.push(Warning {
            code: oddity.code.clone(),
            field: None,
            detail: Some(super::one(oddity)),
        });
    }
    pdf.readable && exact && tail
}

fn line(record: &mut Record, id: Check, holds: bool, detail: &str) {
    if holds {
        record.passed(id);
    } else {
        record.line(id, Outcome::Failed, Some(detail.to_owned()));
    }
}
