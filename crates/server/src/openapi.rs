//! The document of the API, made from the handlers.

use axum::Json;
use utoipa::openapi::response::Response;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr};
use utoipa::{Modify, OpenApi as _};

use crate::problem::{MEDIA_TYPE, ProblemBody};
use crate::routes::{
    activations, admin, audit, check, clients, health, log_files, login, proposals, registers,
    results, submit, verify,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Ấn Tín",
        description = "Kết quả thủ tục hành chính: nộp, ký, cho số, đóng dấu, ban hành, kiểm tra. · Results of \
            administrative procedures: submitted, signed, numbered, sealed, issued, checked.\n\nEvery refusal and \
            error is a problem (RFC 9457) with a stable `code` and both languages. People send the cookie of their \
            session and, with every request that changes something, `X-CSRF-Token`; other systems send a bearer token.",
        license(name = "Apache-2.0"),
    ),
    paths(
        login::log_in,
        login::log_out,
        login::me,
        admin::own_password,
        submit::submit,
        submit::resubmit,
        submit::place_boxes,
        activations::begin,
        activations::one,
        activations::own_keys,
        results::approve,
        results::cancel,
        results::events,
        results::evidence_of,
        results::file,
        results::inbox,
        results::issue,
        results::one,
        results::return_,
        results::withdraw,
        proposals::confirm,
        proposals::open,
        proposals::propose,
        proposals::withdraw,
        admin::bind_key,
        registers::close_register,
        admin::confirm_key,
        admin::create_agency,
        clients::create_client,
        admin::create_person,
        clients::disable_client,
        admin::disable_person,
        admin::end_position,
        registers::enter_number,
        admin::give_position,
        admin::list_agencies,
        clients::list_clients,
        admin::list_keys,
        admin::list_people,
        admin::list_positions,
        admin::list_procedures,
        registers::list_registers,
        registers::one_register,
        registers::open_register,
        admin::put_procedure,
        admin::retire_key,
        clients::rotate_client,
        admin::set_password,
        audit::search,
        check::check,
        verify::verify,
        log_files::get,
        health::staff,
    ),
    components(schemas(
        ProblemBody,
        results::Queue,
        submit::SubmissionSchema,
        proposals::ProposedAct,
    )),
    security(("session" = []), ("client" = [])),
    modifiers(&Problems, &Schemes),
)]
struct Document;

/// What may come instead of any answer.
const PROBLEMS: [(&str, &str); 13] = [
    ("400", "The request cannot be read."),
    ("401", "Not logged in, an expired session, a wrong password or token."),
    ("403", "Not permitted: role, agency, scope, forged or missing CSRF token."),
    ("404", "No such thing, or not for this caller: both read alike."),
    ("405", "The address does not take this method."),
    ("408", "The request came too slowly."),
    ("409", "It changed meanwhile, or its state does not permit it: read again."),
    ("413", "Larger than permitted."),
    ("415", "The content type is not application/json."),
    ("422", "The content cannot be taken as it is."),
    ("429", "Too often: `Retry-After`."),
    ("500", "A defect of the server."),
    ("503", "The server cannot work at the moment: `Retry-After`."),
];

struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        for (status, text) in PROBLEMS {
            let schema = Ref::from_schema_name("ProblemBody");
            let mut response = Response::new(text);
            response.content.insert(MEDIA_TYPE.to_owned(), Content::new(Some(schema)));
            components.responses.insert(format!("Problem{status}"), RefOr::T(response));
        }
        for item in document.paths.paths.values_mut() {
            let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.delete];
            for operation in all.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                for (status, _) in PROBLEMS {
                    let problem = Ref::from_response_name(format!("Problem{status}"));
                    responses.entry(status.to_owned()).or_insert(RefOr::Ref(problem));
                }
            }
        }
    }
}

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKey::Cookie(ApiKeyValue::new(crate::session::COOKIE));
        components.add_security_scheme("session", SecurityScheme::ApiKey(cookie));
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("client", SecurityScheme::Http(bearer));
    }
}

/// The document.
pub(crate) fn document() -> OpenApi {
    Document::openapi()
}

/// `GET /api/v1/openapi.json`
pub(crate) async fn serve() -> Json<OpenApi> {
    Json(document())
}
