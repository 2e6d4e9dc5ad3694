//! Is anything in a draft that a person does not see, or that acts by itself?
//!
//! Every object that the file reaches is looked at once. Actions are an allow-list: links to web,
//! mail and telephone (noted), jumps within the file. Whatever else acts is refused, with the page
//! and the object named.

use std::collections::{HashMap, HashSet};

use pdf::{Dictionary, Document, Limits, Object, ObjectId, View, graph, text_of};

use super::finding::Finding;
use super::pages;

/// What was found in a draft.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Reasons to refuse, and notes.
    pub findings: Vec<Finding>,
}

impl Inspection {
    /// Nothing in it is refused.
    pub fn is_clean(&self) -> bool {
        self.findings.iter().all(|finding| !finding.refused)
    }
}

/// Tighter than for files that are only verified: a draft is a letter, not an archive.
pub(super) fn limits() -> Limits {
    Limits {
        depth: 64,
        decoded_bytes: 128 << 20,
        objects: 400_000,
        revisions: 100,
        fields: 1_000,
        contents_bytes: 1 << 20,
    }
}

/// Findings of one draft at most.
const MOST_FINDINGS: usize = 100;

/// Looks through the file. Total: any bytes give an answer.
pub fn inspect(draft: &[u8]) -> Inspection {
    let limits = limits();
    let document = match Document::open(&draft, &limits) {
        Ok(document) => document,
        Err(defect) => return only(damaged(&defect)),
    };
    if document.is_encrypted() {
        return only(Finding::refused("encrypted"));
    }
    // What could not be appended to is refused now, not when somebody wants to sign.
    let mut findings = match pades::outline(&draft, &limits) {
        Ok(outline) => outline
            .signed_fields
            .iter()
            .map(|name| Finding::refused("already_signed").detail(name, name))
            .collect(),
        Err(refusal) => vec![cannot_append(&refusal)],
    };
    let view = View { document: &document, revision: document.newest() };
    let Some(pages) = pages::all(view) else {
        findings.push(Finding::refused("needs_repair").detail("cây trang", "page tree"));
        return Inspection { findings };
    };
    let mut walk =
        Walk { view, page_of: pages::of_objects(view, &pages), findings, told: HashSet::new() };
    walk.catalog();
    walk.form();
    walk.objects();
    for defect in document.defects().iter().filter(|defect| spoils(&defect.code)) {
        walk.findings.push(damaged(defect));
    }
    let mut findings = walk.findings;
    findings.truncate(MOST_FINDINGS);
    Inspection { findings }
}

fn only(finding: Finding) -> Inspection {
    Inspection { findings: vec![finding] }
}

fn damaged(defect: &pdf::Defect) -> Finding {
    let code = match defect.code.as_str() {
        "not_a_pdf" | "header_missing" => "not_a_pdf",
        "encrypted" => "encrypted",
        "budget" => "too_large",
        _ => "needs_repair",
    };
    Finding::refused(code).detail(&defect.code, &defect.detail).at(None, defect.object)
}

/// Damage that every verifier would hold against the signed file (rule 1).
fn spoils(code: &str) -> bool {
    !matches!(code, "tail_bytes" | "unlisted_bytes" | "filter_unsupported")
}

fn cannot_append(refusal: &pades::PrepareRefusal) -> Finding {
    let code = match refusal {
        pades::PrepareRefusal::NotAPdf(_) => "not_a_pdf",
        pades::PrepareRefusal::Encrypted => "encrypted",
        _ => "needs_repair",
    };
    let why = refusal.to_string();
    Finding::refused(code).detail(&why, &why)
}

struct Walk<'d> {
    view: View<'d>,
    page_of: HashMap<ObjectId, u32>,
    findings: Vec<Finding>,
    told: HashSet<(&'static str, Option<ObjectId>)>,
}

impl Walk<'_> {
    fn tell(&mut self, code: &'static str, object: Option<ObjectId>, detail: Option<(&str, &str)>) {
        self.add(code, object, detail, true);
    }

    fn add(
        &mut self,
        code: &'static str,
        object: Option<ObjectId>,
        detail: Option<(&str, &str)>,
        refused: bool,
    ) {
        if self.findings.len() >= MOST_FINDINGS || !self.told.insert((code, object)) {
            return;
        }
        let page = object.and_then(|id| self.page_of.get(&id).copied());
        let mut finding = if refused { Finding::refused(code) } else { Finding::noted(code) };
        if let Some((vi, en)) = detail {
            finding = finding.detail(vi, en);
        }
        // Reasons first: notes never crowd them out of the list.
        let finding = finding.at(page, object);
        match refused {
            true => self.findings.insert(0, finding),
            false => self.findings.push(finding),
        }
    }

    /// What the catalog switches on for the whole file.
    fn catalog(&mut self) {
        let view = self.view;
        let catalog = view.catalog();
        let root = view.root();
        if !view.get(&catalog, "OCProperties").is_null() {
            self.tell("optional_content", root, None);
        }
        if !view.get(&catalog, "Collection").is_null() {
            self.tell("embedded_file", root, None);
        }
        if !view.get(&catalog, "Perms").is_null() {
            self.tell("already_signed", root, Some(("Perms", "Perms")));
        }
        let names = view.get(&catalog, "Names");
        if let Some(names) = names.as_dictionary() {
            for (key, code) in [("EmbeddedFiles", "embedded_file"), ("JavaScript", "javascript")] {
                if !view.get(names, key).is_null() {
                    self.tell(code, root, Some(("Names", "Names")));
                }
            }
        }
        let open = view.get(&catalog, "OpenAction");
        if let Some(action) = open.as_dictionary() {
            let to_a_place = view.get(action, "S").as_name() == Some(b"GoTo");
            if !to_a_place || action.get("Next").is_some() {
                let at = catalog.get("OpenAction").and_then(Object::as_reference).or(root);
                self.tell("open_action", at, None);
            }
        }
    }

    /// Fields, seen or not: only signature fields without a value may stay.
    fn form(&mut self) {
        let view = self.view;
        let form = view.get(&view.catalog(), "AcroForm");
        let Some(form) = form.as_dictionary() else { return };
        if !view.get(form, "XFA").is_null() {
            self.tell("xfa", view.root(), None);
        }
        let roots = view.get(form, "Fields");
        let mut seen = HashSet::new();
        let mut stack: Vec<(Object, bool, bool, u32)> = roots
            .as_array()
            .unwrap_or_default()
            .iter()
            .map(|f| (f.clone(), false, false, 0))
            .collect();
        while let Some((field, signature, valued, depth)) = stack.pop() {
            let id = field.as_reference();
            if id.is_some_and(|id| !seen.insert(id)) || depth > 32 || seen.len() > 20_000 {
                self.tell("needs_repair", id, Some(("AcroForm", "AcroForm")));
                return;
            }
            let object = view.follow(&field);
            let Some(dictionary) = object.as_dictionary() else { continue };
            let kind = view.get(dictionary, "FT");
            let signature = kind.as_name().map_or(signature, |kind| kind == b"Sig");
            let valued = valued || !view.get(dictionary, "V").is_null();
            let kids = view.get(dictionary, "Kids");
            let kids = kids.as_array().unwrap_or_default();
            let is_field = |kid: &Object| {
                view.follow(kid).as_dictionary().is_some_and(|kid| kid.get("T").is_some())
            };
            if !kids.iter().any(is_field) {
                let name = view.get(dictionary, "T");
                let name = name.as_string().map(text_of).unwrap_or_default();
                match (signature, valued) {
                    (true, false) => {}
                    (true, true) => self.tell("already_signed", id, Some((&name, &name))),
                    (false, _) => self.tell("form_field", id, Some((&name, &name))),
                }
            }
            let below = kids.iter().take(20_000);
            stack.extend(below.map(|kid| (kid.clone(), signature, valued, depth + 1)));
        }
    }

    /// Every object, once.
    fn objects(&mut self) {
        let view = self.view;
        let mut roots = vec![];
        for (_, value) in view.trailer().iter() {
            value.for_each_reference(&mut |id| roots.push(id));
        }
        let walked = graph::walk(view, roots, |id, object, _| {
            self.object(id, object, 0);
            self.findings.len() < MOST_FINDINGS
        });
        if let Err(defect) = walked {
            self.findings.insert(0, damaged(&defect));
        }
    }

    fn object(&mut self, id: ObjectId, object: &Object, depth: u32) {
        // The lexer has bounded the depth already.
        if depth > 128 {
            return;
        }
        match object {
            Object::Array(items) => items.iter().for_each(|i| self.object(id, i, depth + 1)),
            Object::Dictionary(dictionary) => self.dictionary(id, dictionary, false, depth),
            Object::Stream(stream) => self.dictionary(id, &stream.dictionary, true, depth),
            _ => {}
        }
    }

    fn dictionary(&mut self, id: ObjectId, of: &Dictionary, is_stream: bool, depth: u32) {
        let here = Some(id);
        let has = |key: &str| of.get(key).is_some();
        let kind = self.view.get(of, "Type");
        let subtype = self.view.get(of, "Subtype");
        if has("JS") {
            self.tell("javascript", here, None);
        }
        if has("ByteRange") {
            self.tell("already_signed", here, None);
        }
        if has("OC") || matches!(kind.as_name(), Some(b"OCG" | b"OCMD")) {
            self.tell("optional_content", here, None);
        }
        let attached = has("EF") || matches!(kind.as_name(), Some(b"EmbeddedFile"));
        if attached || subtype.as_name() == Some(b"FileAttachment") || self.associated(of) {
            self.tell("embedded_file", here, None);
        }
        if let Some(name @ (b"RichMedia" | b"Screen" | b"Movie" | b"Sound" | b"3D")) =
            subtype.as_name()
            && (has("Rect") || is_stream)
        {
            let name = String::from_utf8_lossy(name);
            self.tell("multimedia", here, Some((&name, &name)));
        }
        if is_stream && has("F") {
            self.tell("external_stream", here, None);
        }
        if is_stream && (subtype.as_name() == Some(b"PS") || has("Ref")) {
            self.tell("external_stream", here, Some(("PostScript, Ref", "PostScript, Ref")));
        }
        if subtype.as_name() == Some(b"Widget") && !self.is_signature_widget(of) {
            let name = self.view.get(of, "T");
            let name = name.as_string().map(text_of).unwrap_or_default();
            self.tell("form_field", here, Some((&name, &name)));
        }
        self.actions(id, of);
        for (_, value) in of.iter() {
            self.object(id, value, depth + 1);
        }
    }

    /// Associated files (ISO 32000-2, 14.13), as PDF/A-3 carries them.
    fn associated(&self, of: &Dictionary) -> bool {
        let files = self.view.get(of, "AF");
        files.as_array().is_some_and(|files| !files.is_empty()) || files.as_dictionary().is_some()
    }

    /// The type of its field, looked for upwards.
    fn is_signature_widget(&self, widget: &Dictionary) -> bool {
        let mut node = widget.clone();
        for _ in 0..16 {
            if let Some(kind) = self.view.get(&node, "FT").as_name() {
                return kind == b"Sig";
            }
            let parent = self.view.get(&node, "Parent");
            let Some(parent) = parent.as_dictionary() else { return false };
            node = parent.clone();
        }
        false
    }

    fn actions(&mut self, id: ObjectId, of: &Dictionary) {
        let view = self.view;
        let events = view.get(of, "AA");
        if let Some(events) = events.as_dictionary()
            && events.iter().any(|(_, value)| !view.follow(value).is_null())
        {
            self.tell("additional_actions", Some(id), None);
            for (_, value) in events.iter() {
                self.action(id, &view.follow(value));
            }
        }
        // /PA: the link of a web capture; /Next: a chain, and in outlines the next entry.
        for key in ["A", "PA", "OpenAction", "Next"] {
            let value = view.get(of, key);
            match &*value {
                Object::Array(items) => {
                    for item in items.iter().take(1_000) {
                        self.action(id, &view.follow(item));
                    }
                }
                other => self.action(id, other),
            }
        }
        // A net under the keys that we know: what acts is named by /S wherever it hangs.
        let named = view.get(of, "S");
        if let Some(name) = named.as_name()
            && ACTS.iter().any(|(act, _)| *act == name)
            && !(of.is_name("Type", "StructElem") || of.get("K").is_some())
        {
            self.act(id, of, name);
        }
    }

    fn action(&mut self, id: ObjectId, value: &Object) {
        let Some(action) = value.as_dictionary() else { return };
        let named = self.view.get(action, "S");
        // Attributes of structure elements and entries of outlines have no /S.
        if let Some(name) = named.as_name() {
            self.act(id, action, name);
        }
    }

    fn act(&mut self, id: ObjectId, action: &Dictionary, name: &[u8]) {
        match name {
            b"GoTo" => {}
            b"URI" => self.link(id, action),
            _ => {
                let known = ACTS.iter().find(|(act, _)| *act == name);
                let code = known.map_or("action", |(_, code)| code);
                let name = String::from_utf8_lossy(name);
                let detail = (code == "action").then_some((name.as_ref(), name.as_ref()));
                self.tell(code, Some(id), detail);
            }
        }
    }

    fn link(&mut self, id: ObjectId, action: &Dictionary) {
        let target = self.view.get(action, "URI");
        let target = target.as_string().map(text_of).unwrap_or_default();
        let scheme = target.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let allowed = matches!(scheme.as_str(), "https" | "http" | "mailto" | "tel");
        let code = if allowed { "link" } else { "link_scheme" };
        self.add(code, Some(id), Some((&target, &target)), !allowed);
    }
}

/// Actions by their /S, and what each is called here (ISO 32000-2, table 201).
const ACTS: [(&[u8], &str); 16] = [
    (b"JavaScript", "javascript"),
    (b"Launch", "launch_action"),
    (b"SubmitForm", "submit_action"),
    (b"ImportData", "import_action"),
    (b"ResetForm", "action"),
    (b"GoToR", "action"),
    (b"GoToE", "action"),
    (b"GoTo3DView", "action"),
    (b"GoToDp", "action"),
    (b"Rendition", "action"),
    (b"RichMediaExecute", "action"),
    (b"Movie", "action"),
    (b"Sound", "action"),
    (b"Hide", "action"),
    (b"SetOCGState", "action"),
    (b"Thread", "action"),
];
