//! `antin user add`: the first administrator, from the machine itself.

use std::io::BufRead as _;
use std::process::ExitCode;

use issuance::{AgencyId, PersonId, PositionId, Role};
use office::entry::AddUser;
use serde_json::json;
use store::Actor;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::cli::{User, UserAdd};
use crate::config::Config;
use crate::service::unable;
use crate::stop::Stop;
use crate::{files, output, service};

pub(crate) fn run(command: &User, config: Result<Config, Stop>) -> ExitCode {
    let User::Add(args) = command;
    match config.and_then(|config| add(args, &config)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => output::stopped(&stop, args.json, &[]),
    }
}

fn add(args: &UserAdd, config: &Config) -> Result<(), Stop> {
    let password = password(args)?;
    let hash = server::hash_password(&password).map_err(|error| {
        Stop::refused(
            "password",
            format!("Mật khẩu cần từ {} ký tự.", server::SHORTEST),
            format!("The password cannot be taken: {error}."),
        )
    })?;
    let role: Role = serde_json::from_value(json!(args.role)).map_err(|_| {
        let known = Role::ALL.map(|role| role.as_str()).join(", ");
        Stop::refused(
            "role_unknown",
            format!("Không có vai trò “{}”. Các vai trò: {known}.", args.role),
            format!("There is no role \"{}\". Roles: {known}.", args.role),
        )
    })?;
    let word = args.agency_word.clone().unwrap_or_else(|| word(&args.agency));
    let new = Uuid::now_v7;
    let act = AddUser {
        ids: (AgencyId::new(new()), PersonId::new(new()), PositionId::new(new())),
        agency_word: word,
        agency_name: args.agency.clone(),
        login: args.login.clone(),
        name: args.name.clone(),
        password: hash,
        role,
        title: args.title.clone().unwrap_or_else(|| role.text_vi().to_owned()),
    };
    let (agency, person) = service::runtime()?.block_on(async {
        let store = service::store(config).await?;
        let done = store.perform(act, Actor::command_line()).await;
        // The writer ends before the process does.
        store.db().close().await;
        Ok::<_, Stop>(done?)
    })?;
    if args.json {
        output::object(&json!({
            "outcome": "ok", "code": "ok", "person": person.id, "login": person.login,
            "agency": agency.id, "agency_word": agency.word, "role": role,
        }));
    } else {
        output::line(&format!(
            "Đã thêm {} ({}) vào {} · added",
            person.login,
            role.text_vi(),
            agency.name
        ));
    }
    Ok(())
}

fn password(args: &UserAdd) -> Result<Zeroizing<String>, Stop> {
    let line = |text: String| Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    if let Some(file) = &args.password_file {
        let bytes = files::read(file, 4096)?;
        let text = String::from_utf8(bytes)
            .map_err(|e| crate::stop::unfit("file_unreadable", file, &e))?;
        return Ok(line(text));
    }
    if args.password_stdin {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_line(&mut text);
        read.map_err(|e| unable(&e.to_string()))?;
        return Ok(line(text));
    }
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(|e| unable(&e.to_string()))
    };
    let first = ask("Mật khẩu · password: ")?;
    if *first != *ask("Nhập lại · again: ")? {
        return Err(Stop::refused(
            "password",
            "Hai lần nhập không giống nhau.",
            "The two entries differ.",
        ));
    }
    Ok(first)
}

/// "Sở Tư pháp" as "so-tu-phap".
fn word(name: &str) -> String {
    let plain: String = name.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)).collect();
    let plain = plain.replace('đ', "d");
    let words = plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(word("Sở Tư pháp"), "so-tu-phap");
        assert_eq!(word("Ủy ban nhân dân phường  Đồng Đa 2"), "uy-ban-nhan-dan-phuong-dong-da-2");
    }
}
