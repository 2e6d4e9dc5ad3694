//! Bases written by this code: small PDFs with a table, an xref stream, or a hybrid of both.

/// How the cross-reference is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Style {
    Table,
    Stream,
    Hybrid,
}

pub(crate) const STYLES: [Style; 3] = [Style::Table, Style::Stream, Style::Hybrid];

/// Bodies of objects 1, 2, …; object 1 is the catalog.
pub(crate) fn write(style: Style, objects: &[String]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = vec![];
    // In a stream or hybrid, everything but streams lies in one object stream.
    let packed: Vec<usize> = match style {
        Style::Table => vec![],
        _ => (0..objects.len()).filter(|at| !objects[*at].contains("stream\n")).collect(),
    };
    for (at, body) in objects.iter().enumerate() {
        offsets.push(out.len());
        if !packed.contains(&at) {
            out.extend(format!("{} 0 obj\n{body}\nendobj\n", at + 1).bytes());
        }
    }
    let size = objects.len() + 1;
    if style == Style::Table {
        let xref = out.len();
        out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for offset in offsets {
            out.extend(format!("{offset:010} 00000 n \n").bytes());
        }
        out.extend(trailer(size, "", xref).bytes());
        return out;
    }
    let (mut head, mut members) = (String::new(), String::new());
    for at in &packed {
        head.push_str(&format!("{} {} ", at + 1, members.len()));
        members.push_str(&objects[*at]);
        members.push('\n');
    }
    let (container, own) = (size, size + 1);
    let container_at = out.len();
    out.extend(
        format!(
            "{container} 0 obj\n<</Type/ObjStm/N {}/First {}/Length {}>>\nstream\n{head}{members}\nendstream\nendobj\n",
            packed.len(),
            head.len(),
            head.len() + members.len()
        )
        .bytes(),
    );
    let xref = out.len();
    let mut rows: Vec<u8> = vec![0, 0, 0, 0, 0, 255];
    for (at, offset) in offsets.iter().enumerate() {
        match packed.iter().position(|packed| *packed == at) {
            Some(index) => {
                rows.push(2);
                rows.extend((container as u32).to_be_bytes());
                rows.push(index as u8);
            }
            None => {
                rows.push(1);
                rows.extend((*offset as u32).to_be_bytes());
                rows.push(0);
            }
        }
    }
    for at in [container_at, xref] {
        rows.push(1);
        rows.extend((at as u32).to_be_bytes());
        rows.push(0);
    }
    out.extend(
        format!(
            "{own} 0 obj\n<</Type/XRef/Size {}/W[1 4 1]/Root 1 0 R/Length {}>>\nstream\n",
            own + 1,
            rows.len()
        )
        .bytes(),
    );
    out.extend(rows);
    out.extend(b"\nendstream\nendobj\n");
    if style == Style::Stream {
        out.extend(format!("startxref\n{xref}\n%%EOF\n").bytes());
        return out;
    }
    let table = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", own + 1).bytes());
    for (at, offset) in offsets.iter().enumerate() {
        let line = if packed.contains(&at) {
            "0000000000 65535 f \n".to_owned()
        } else {
            format!("{offset:010} 00000 n \n")
        };
        out.extend(line.bytes());
    }
    out.extend(format!("{container_at:010} 00000 n \n{xref:010} 00000 n \n").bytes());
    out.extend(trailer(own + 1, &format!("/XRefStm {xref}"), table).bytes());
    out
}

fn trailer(size: usize, more: &str, xref: usize) -> String {
    format!(
        "trailer\n<</Size {size}/Root 1 0 R{more}/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]>>\nstartxref\n{xref}\n%%EOF\n"
    )
}

/// Two pages with one content stream; `catalog` and `page` add keys, `more` adds objects from 6 on.
pub(crate) fn pages(style: Style, catalog: &str, page: &str, more: &[&str]) -> Vec<u8> {
    let content = "BT ET";
    let mut objects = vec![
        format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 595 842]>>".to_owned(),
        format!("<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<<>>{page}>>"),
        "<</Type/Page/Parent 2 0 R/Contents 5 0 R/Resources<<>>/Rotate 90>>".to_owned(),
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
    ];
    objects.extend(more.iter().map(|body| (*body).to_owned()));
    write(style, &objects)
}

pub(crate) fn plain(style: Style) -> Vec<u8> {
    pages(style, "", "", &[])
}
