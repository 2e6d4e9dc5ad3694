//! Things a person should know of (rule 12): they change what is seen or done, not what was signed.

use pdf::{Defect, Dictionary, Limits, Object, ObjectId, View};

use crate::page_tree;

/// Pages whose annotations are looked at.
const PAGES: u64 = 500;
/// Steps of one chain of actions.
const STEPS: usize = 16;

/// Active content and second faces as of `view`, each named once.
pub(crate) fn read(view: View<'_>, catalog: &Dictionary, limits: &Limits) -> Vec<Defect> {
    let mut oddities = Oddities { view, found: vec![] };
    oddities.catalog(catalog);
    let limits = Limits { objects: limits.objects.min(PAGES), ..*limits };
    for (number, page) in page_tree::all(view, catalog, &limits).iter().enumerate() {
        oddities.page(number, page.id);
    }
    oddities.found
}

struct Oddities<'d> {
    view: View<'d>,
    found: Vec<Defect>,
}

impl Oddities<'_> {
    fn add(&mut self, code: &str, detail: &str, object: Option<ObjectId>) {
        let known = self.found.iter().any(|known| known.code == code && known.object == object);
        if !known && self.found.len() < 200 {
            let mut oddity = Defect::new(code, detail);
            oddity.object = object;
            self.found.push(oddity);
        }
    }

    fn catalog(&mut self, catalog: &Dictionary) {
        let view = self.view;
        let root = view.root();
        if catalog.get("OCProperties").is_some() {
            self.add("optional_content", "layers can be shown or hidden", root);
        }
        if catalog.get("AF").is_some() {
            self.add("attachment", "associated files", root);
        }
        self.action(catalog.get("OpenAction"), root);
        self.actions(catalog, root);
        let names = view.look(catalog, "Names");
        if let Some(names) = names.as_dictionary() {
            if names.get("JavaScript").is_some() {
                self.add("javascript", "scripts of the document", root);
            }
            if names.get("EmbeddedFiles").is_some() {
                self.add("attachment", "embedded files", root);
            }
        }
        let form = view.look(catalog, "AcroForm");
        if let Some(form) = form.as_dictionary() {
            if form.get("XFA").is_some() {
                self.add("xfa", "an XFA form may show something else", root);
            }
            if view.look(form, "NeedAppearances").as_bool() == Some(true) {
                self.add("need_appearances", "viewers draw form fields themselves", root);
            }
        }
        if view.look(catalog, "Perms").as_dictionary().is_some_and(|all| all.get("UR3").is_some()) {
            self.add("usage_rights", "usage rights of one vendor", root);
        }
    }

    fn page(&mut self, number: usize, id: ObjectId) {
        let view = self.view;
        let page = view.resolve(id);
        let Some(page) = page.as_dictionary() else { return };
        self.actions(page, Some(id));
        let annotations = view.look(page, "Annots");
        for annotation in annotations.as_array().unwrap_or_default().iter().take(2_000) {
            let object = view.follow(annotation);
            let Some(dictionary) = object.as_dictionary() else { continue };
            let id = annotation.as_reference();
            self.action(dictionary.get("A"), id);
            self.actions(dictionary, id);
            let subtype = view.look(dictionary, "Subtype");
            let what = match subtype.as_name() {
                Some(b"FileAttachment") => ("attachment", "a file attached"),
                Some(b"RichMedia" | b"Movie" | b"Sound" | b"Screen" | b"3D") => {
                    ("multimedia", "multimedia")
                }
                _ => continue,
            };
            self.add(what.0, &format!("{} on page {}", what.1, number + 1), id);
        }
    }

    /// /AA: actions by event.
    fn actions(&mut self, of: &Dictionary, owner: Option<ObjectId>) {
        let all = self.view.look(of, "AA");
        for (_, action) in all.as_dictionary().into_iter().flat_map(Dictionary::iter).take(32) {
            self.action(Some(action), owner);
        }
    }

    /// An action and those that follow it; a destination is none.
    fn action(&mut self, action: Option<&Object>, owner: Option<ObjectId>) {
        let Some(mut next) = action.cloned() else { return };
        for _ in 0..STEPS {
            let object = self.view.follow(&next);
            let Some(action) = object.as_dictionary() else { return };
            match self.view.look(action, "S").as_name() {
                Some(b"JavaScript") => self.add("javascript", "a script runs", owner),
                Some(b"Launch") => self.add("launch_action", "a program is started", owner),
                Some(b"SubmitForm" | b"ImportData") => {
                    self.add("form_action", "form data are sent or taken", owner);
                }
                Some(b"Rendition" | b"Movie" | b"Sound" | b"GoTo3DView" | b"RichMediaExecute") => {
                    self.add("multimedia", "multimedia is played", owner);
                }
                Some(b"Hide" | b"SetOCGState") => {
                    self.add("hiding_action", "something is shown or hidden", owner);
                }
                Some(b"GoToR" | b"GoToE") => {
                    self.add("outside_action", "another file is opened", owner);
                }
                _ => {}
            }
            match action.get("Next") {
                Some(Object::Array(items)) => match items.first() {
                    Some(first) => next = first.clone(),
                    None => return,
                },
                Some(one) => next = one.clone(),
                None => return,
            }
        }
    }
}
