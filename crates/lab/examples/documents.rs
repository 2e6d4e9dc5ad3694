//! Writes the lab documents, their pictures and the table of their layouts into a folder:
//! `cargo run -p lab --example documents -- FOLDER`.

use std::path::PathBuf;

use anyhow::Context as _;
use lab::documents::{all, libreoffice, pictures, rewritten};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args().nth(1).context("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    let write = |name: String, bytes: &[u8]| {
        std::fs::write(folder.join(&name), bytes).with_context(|| name)
    };

    let mut layouts = String::from("# document\tbox\tpage\tx_mm\ty_mm\twidth_mm\theight_mm\n");
    let ours = all("2026-01-05T02:00:00Z".parse()?)?;
    for document in ours.into_iter().chain(libreoffice()?).chain(rewritten()?) {
        write(format!("{}.pdf", document.name), &document.pdf)?;
        for (name, place) in document.layout.places() {
            let [x, y, width, height] = place.rect();
            layouts.push_str(&format!(
                "{}\t{name}\t{}\t{x:.2}\t{y:.2}\t{width:.2}\t{height:.2}\n",
                document.name, place.page
            ));
        }
    }
    write("layouts.tsv".to_owned(), layouts.as_bytes())?;
    write("signature-official.png".to_owned(), &pictures::signature_official()?)?;
    write("signature-deputy.png".to_owned(), &pictures::signature_deputy()?)?;
    write("initials.png".to_owned(), &pictures::initials()?)?;
    write("seal.png".to_owned(), &pictures::seal()?)
}
