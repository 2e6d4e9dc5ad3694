//! `antin fields`: empty signature fields, made before a certifying signature or at submission.

use std::process::ExitCode;

use pades::Limits;
use serde_json::{Value, json};
use signing::{Place, Refusal};

use crate::cli::Fields;
use crate::commands::place;
use crate::commands::sign::hex;
use crate::config::Config;
use crate::files::{self, Document, Output};
use crate::output;
use crate::stop::{Kind, Stop};

pub(crate) fn run(args: &Fields, config: Result<Config, Stop>) -> ExitCode {
    let done = config.and_then(|_| if args.add.is_empty() { list(args) } else { add(args) });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

fn add(args: &Fields) -> Result<(), Stop> {
    let Some(target) = &args.output else {
        return Err(place::usage("Cần -o cho tệp kết quả.", "-o is wanted for the result."));
    };
    if args.password_file.is_some() {
        return Err(Stop::not_available(Kind::Refused, "--password-file"));
    }
    if files::same(&args.input, target) {
        return Err(place::usage(
            "Tệp kết quả không được là chính tệp đầu vào.",
            "The output must not be the input itself.",
        ));
    }
    let document = Document::open(&args.input)?;
    let source = document.source();
    let outline = pades::outline(source, &Limits::default()).map_err(Refusal::from)?;
    if let Some(signed) = outline.signed_fields.first() {
        return Err(Stop::refused(
            "already_signed",
            format!(
                "Tài liệu đã có chữ ký (“{signed}”): thêm trường bây giờ sẽ làm hỏng chữ ký đó. Hãy tạo các trường trước khi ký."
            ),
            format!(
                "The document is signed already (\"{signed}\"): adding fields now would break that signature. Create the fields before signing."
            ),
        ));
    }
    let output = Output::begin(target)?;
    let placed: Vec<(&str, Option<pades::Placed>)> = args
        .add
        .iter()
        .map(|field| {
            let [x_mm, y_mm, width_mm, height_mm] = field.rect;
            let visible = width_mm > 0.0 && height_mm > 0.0;
            let place = Place { page: field.page - 1, x_mm, y_mm, width_mm, height_mm };
            (field.name.as_str(), visible.then(|| place.empty()))
        })
        .collect();
    let base = signing::file_hash(source)?;
    let update =
        pades::add_fields(source, base, &placed, &Limits::default()).map_err(Refusal::from)?;
    let hash = output.append(&args.input, &update)?;
    let names: Vec<&str> = args.add.iter().map(|f| f.name.as_str()).collect();
    let file = target.display().to_string();
    let vi =
        format!("Đã tạo {} trường chữ ký trống trong {file}: {}.", names.len(), names.join(", "));
    let en = format!(
        "{} empty signature fields were created in {file}: {}.",
        names.len(),
        names.join(", ")
    );
    if args.json {
        output::object(&json!({
            "outcome": "created", "code": "created", "text_vi": vi, "text_en": en, "file": file,
            "sha256": hex(&hash.0), "fields": names,
        }));
    } else {
        output::line(&format!("{vi}\n{en}"));
    }
    Ok(())
}

fn list(args: &Fields) -> Result<(), Stop> {
    let document = Document::open(&args.input)?;
    let outline = pades::outline(document.source(), &Limits::default()).map_err(Refusal::from)?;
    if args.json {
        let empty: Vec<Value> = outline
            .empty_fields
            .iter()
            .map(|f| json!({ "field": f.field, "page": f.widget.as_ref().and_then(|w| w.page.map(|p| p + 1)) }))
            .collect();
        output::object(&json!({
            "outcome": "ok", "file": args.input.display().to_string(),
            "empty": empty, "signed": outline.signed_fields,
        }));
        return Ok(());
    }
    for field in &outline.signed_fields {
        output::line(&format!("đã ký · signed   {field}"));
    }
    for field in &outline.empty_fields {
        let page = field.widget.as_ref().and_then(|w| w.page);
        let page = page.map(|p| format!("  (trang · page {})", p + 1)).unwrap_or_default();
        output::line(&format!("trống · empty   {}{page}", field.field));
    }
    if outline.signed_fields.is_empty() && outline.empty_fields.is_empty() {
        output::line("Không có trường chữ ký nào · no signature fields");
    }
    Ok(())
}
