//! Configuration: the shipped files hold the defaults, and every slip is named with its place.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use pinion::config::{Birth, FILES, Findings, Loaded, Machine, PROFILES, Part, Reconciler, Source};
use pinion_types::{Command, CommandKind, CommandRef};

mod guards;

mod risk;

mod sharing;

fn machine() -> Machine {
    Machine { cores: vec![0, 1, 2, 3], memory_len: 8 << 30, memlock_len: None }
}

/// The built-in configuration with key files, changed by `edits` of (old, new) in the three files.
fn edited(dir: &Path, edits: &[(&str, &str)]) -> Result<Loaded, Findings> {
    std::fs::create_dir_all(dir.join("keys")).expect("the directory is ours");
    for id in [1, 2, 3].into_iter().chain(101..117) {
        let path = dir.join(format!("keys/session-{id}.key"));
        std::fs::write(&path, format!("{:064x}\n", id)).expect("the directory is ours");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("ours");
    }
    let mut sources = Vec::new();
    for (name, part, text) in FILES {
        let mut text = text.to_owned();
        for (old, new) in edits {
            text = text.replacen(old, new, 1);
        }
        sources.push(Source { name: name.to_owned(), part, text });
    }
    Loaded::from_sources(sources, dir)
}

/// The edit is refused with exactly this error, at the line of `at` in the edited file.
#[track_caller]
fn check_error_at(old: &str, new: &str, at: &str, message: &str) {
    let edited_file = |text: &str| text.contains(old).then(|| text.replacen(old, new, 1));
    let (name, text) = FILES
        .iter()
        .find_map(|(name, _, text)| Some((*name, edited_file(text)?)))
        .unwrap_or_else(|| panic!("`{old}` is not in the shipped files"));
    let place = text.find(at).unwrap_or_else(|| panic!("`{at}` is not in {name}"));
    let wanted = format!("{name}:{}: {message}", text[..place].matches('\n').count() + 1);
    let dir = tempfile::tempdir().expect("a directory");
    let findings = match edited(dir.path(), &[(old, new)]) {
        Ok(loaded) => loaded.check(&machine()),
        Err(findings) => findings,
    };
    let errors: Vec<String> = findings.errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors, [wanted]);
}

#[track_caller]
fn check_error(old: &str, new: &str, message: &str) {
    check_error_at(old, new, new, message);
}

/// Every key of `wanted`, at any depth, is in `given`.
fn check_keys(path: &str, wanted: &toml::Value, given: &toml::Value) {
    let (Some(wanted), Some(given)) = (wanted.as_table(), given.as_table()) else { return };
    for (key, value) in wanted {
        let here = format!("{path}.{key}");
        let found = given.get(key).unwrap_or_else(|| panic!("{here} is not in the file"));
        check_keys(&here, value, found);
    }
}

#[test]
fn shipped_files_hold_the_defaults() {
    let dir = tempfile::tempdir().expect("a directory");
    let loaded = edited(dir.path(), &[]).expect("the shipped files are right");
    let defaults = pinion::config::Config::default();
    assert_eq!(loaded.config.core, defaults.core);
    assert_eq!(loaded.config.gateway, defaults.gateway);
    assert_eq!(loaded.config.venue.venue, defaults.venue.venue);
    assert_eq!(loaded.config.venue.rules, defaults.venue.rules);
    assert_eq!(loaded.check(&machine()), Findings::default());
}

#[test]
fn shipped_files_show_every_key() {
    let dir = tempfile::tempdir().expect("a directory");
    let config = edited(dir.path(), &[]).expect("the shipped files are right").config;
    let wanted = toml::Value::try_from(&config).expect("it can be written");
    for (name, _, text) in FILES {
        let given: toml::Table = text.parse().expect("it is TOML");
        let table = name.trim_end_matches(".toml");
        check_keys(name, &wanted[table], &toml::Value::Table(given));
    }
    let text: toml::Table = FILES[2].2.parse().expect("it is TOML");
    for list in ["schedules", "instruments", "accounts", "sessions"] {
        let first = &text[list][0];
        check_keys(list, &wanted["venue"][list][0], first);
    }
}

#[test]
fn shipped_files_say_what_they_are_in_short_lines() {
    for (name, _, text) in FILES.iter().map(|(n, p, t)| (*n, *p, *t)) {
        let starts_with_comment = text.starts_with('#');
        assert!(starts_with_comment, "{name} does not say what it is");
        assert!(text.lines().all(|line| line.len() <= 100), "{name} has a long line");
    }
}

#[test]
fn profiles_lie_over_the_files() {
    for (name, _) in PROFILES {
        let base = Path::new("");
        let loaded = Loaded::embedded(Some(name), base).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_ne!(loaded.config, Loaded::embedded(None, base).expect("right").config, "{name}");
        let findings = loaded.check(&machine());
        let other: Vec<_> =
            findings.errors.iter().filter(|error| !error.message.contains(".key")).collect();
        assert!(other.is_empty(), "{name}: {other:?}");
    }
    let error = Loaded::embedded(Some("dve"), Path::new("")).expect_err("there is none");
    assert_eq!(error.to_string(), "error: no profile `dve`; there are dev, pinned, sim");
}

#[test]
fn unknown_keys_and_values_name_what_is_near() {
    check_error(
        "orders_max = 262144",
        "order_max = 262144",
        "unknown key `order_max`; did you mean `orders_max`?",
    );
    check_error(
        "mode = \"process\"",
        "mode = \"proces\"",
        "unknown value `proces`; did you mean `process`?",
    );
    check_error(
        "kind = \"margin\"",
        "kind = \"margn\"",
        "unknown value `margn`; did you mean `margin`?",
    );
    check_error(
        "tick = \"0.01\"",
        "tick = 0.01",
        "invalid type: floating point `0.01`, expected a decimal in quotes, \
         like \"100.05\", or an integer",
    );
    check_error(
        "tick = \"0.01\"",
        "tick = \"0.000000001\"",
        "`0.000000001` has more than 8 decimal places",
    );
}

#[test]
fn codes_and_references_are_checked_where_they_stand() {
    check_error(
        "ZZ0PINION011",
        "ZZ0PINION018",
        "the check digit of ISIN `ZZ0PINION018` would have to be 1",
    );
    check_error(
        "cfi = \"ESVUFR\"",
        "cfi = \"ESVUF\"",
        "`ESVUF` is not a CFI (ISO 10962): six capital letters",
    );
    check_error(
        "mic = \"XXPN\"",
        "mic = \"xxpn\"",
        "`xxpn` is not a MIC (ISO 10383): four capital letters or digits",
    );
    check_error("currency = \"USD\"", "currency = \"USX\"", "`USX` is not a currency (ISO 4217)");
    check_error("accounts = [1]", "accounts = [7]", "there is no account 7");
    check_error(
        "accounts = [1]",
        "accounts = [2]",
        "account 2 belongs to firm 2, the session to 1",
    );
    check_error("count = 16", "count = 0", "must be at least 1, and its last id must fit");
    check_error(
        "id = 3\nname = \"TAPE\"",
        "id = 2\nname = \"TAPE\"",
        "id 2 stands twice among the sessions",
    );
}

#[test]
fn values_are_exact_or_refused() {
    check_error_at(
        "multiplier = \"1\"",
        "multiplier = \"0.0000001\"",
        "tick = ",
        "tick x lot x multiplier = 0.01 x 1 x 0.0000001 is not whole in units of \
         0.00000001",
    );
    check_error(
        "settlement_px = \"100\"",
        "settlement_px = \"100.005\"",
        "100.005 is not a multiple of the tick, 0.01",
    );
    check_error(
        "taker_fee = \"0.00003\"",
        "taker_fee = \"2\"",
        "taker_fee does not fit a fee: a fraction from -1 to 1",
    );
}

#[test]
fn the_machine_must_have_what_is_asked_of_it() {
    check_error("hot = \"any\"", "hot = 9", "there is no processor 9; there are 0, 1, 2, 3");
    check_error(
        "hot = \"any\"\njournal = \"any\"",
        "hot = 1\njournal = 1",
        "processor 1 is also that of core.threads.journal",
    );
    check_error("zone = \"UTC\"", "zone = \"Europe/Atlantis\"", "no time zone `Europe/Atlantis`");
}

#[test]
fn numbers_are_within_what_the_program_can_do() {
    check_error("segment_size_mib = 16", "segment_size_mib = 0", "0 is too low: at least 1");
    check_error("events_max = 1024", "events_max = 0", "0 is too low: at least 1");
    check_error("number = 0", "number = 4", "the core takes gateways 0 to 3");
    check_error(
        "gateway_ring_lines = 16384",
        "gateway_ring_lines = 1000",
        "1000 is no power of two",
    );
    check_error("receive_buffer_kib = 16", "receive_buffer_kib = 2", "2 is too low: at least 4");
}

#[test]
fn capacities_fit_the_memory() {
    let dir = tempfile::tempdir().expect("a directory");
    for (old, new) in [
        (
            "segment_size_mib = 16\nspare_segments = 2",
            "segment_size_mib = 1024\nspare_segments = 8",
        ),
        ("orders_max = 262144", "orders_max = 4000000000"),
        (
            "gateways_max = 4\n# Lines of 64 bytes in the ring of each gateway, a power of two; \
             an order takes two.\ngateway_ring_lines = 16384",
            "gateways_max = 64\ngateway_ring_lines = 16777216",
        ),
    ] {
        assert!(FILES[0].2.contains(old), "`{old}` is not in core.toml");
        let loaded = edited(dir.path(), &[(old, new)]).expect("it can be read");
        let errors = loaded.check(&machine()).errors;
        let text = errors.first().map(ToString::to_string).unwrap_or_default();
        assert!(text.starts_with("core.toml:"), "{text}");
        assert!(text.contains(": tables, rings and hot segments need "), "{text}");
        assert!(text.ends_with(" MiB; the machine has 8192 MiB"), "{text}");
    }
}

#[test]
fn the_engine_itself_is_asked() {
    let dir = tempfile::tempdir().expect("a directory");
    let edit = [("orders_max = 262144", "orders_max = 0")];
    let errors = edited(dir.path(), &edit).expect("it can be read").check(&machine()).errors;
    let text = errors.first().map(ToString::to_string).unwrap_or_default();
    assert!(text.ends_with(": the engine refuses it: value out of range [1902]"), "{text}");
}

#[test]
fn keys_are_their_owners_alone() {
    let dir = tempfile::tempdir().expect("a directory");
    let loaded = edited(dir.path(), &[]).expect("the shipped files are right");
    let key = dir.path().join("keys/session-2.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o640)).expect("ours");
    let errors = loaded.check(&machine()).errors;
    assert_eq!(errors.len(), 1);
    let text = errors[0].to_string();
    assert!(text.starts_with("venue.toml:"), "{text}");
    assert!(text.ends_with("has mode 0640; a key is its owner's alone: chmod 600"), "{text}");
}

#[test]
fn schedules_have_days_that_exist_and_times_that_follow() {
    check_error_at(
        "zone = \"America/New_York\"",
        "zone = \"America/NewYork\"",
        "zone = \"America/NewYork\"",
        "no time zone `America/NewYork`; zones have names of the IANA database, like \
         \"Europe/Berlin\"",
    );
    check_error(
        "[\"mon\", \"tue\"",
        "[\"monday\", \"tue\"",
        "unknown value `monday`; did you mean `mon`?",
    );
    check_error("[\"mon\", \"tue\"", "[\"tue\", \"tue\"", "names a day twice");
    check_error(
        "\"09:28\", state",
        "\"9:28\", state",
        "`9:28` is not a time of day like 09:30 or 15:59:30",
    );
    check_error_at(
        "\"09:28\", state",
        "\"09:30:00\", state",
        "{ days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"], time = \"09:30\"",
        "there are two changes at 09:30 of one day",
    );
    check_error(
        "state = \"pre-open\"",
        "state = \"preopen\"",
        "unknown value `preopen`; did you mean `pre-open`?",
    );
    check_error(
        "date = \"2026-12-25\"",
        "date = \"2026-02-30\"",
        "`2026-02-30` is not a date like 2026-12-25",
    );
    check_error_at(
        "date = \"2026-12-24\"",
        "date = \"2026-12-25\"",
        "date = \"2026-12-25\", name = \"Christmas Eve\"",
        "2026-12-25 stands twice in this schedule",
    );
    check_error(
        "name = \"Christmas Day\"",
        "name = \"\"",
        "says what the day is, in at most 48 characters",
    );
    check_error(
        "random_ms = 500",
        "random_ms = 14400000",
        "reaches the next change, which is 14400000 ms later",
    );
    check_error(
        "schedule = \"\"",
        "schedule = \"us-equity\"",
        "there is no schedule `us-equity`; did you mean `us-equities`?",
    );
    check_error(
        "name = \"us-equities\"",
        "name = \"\"",
        "`` is not a name: 1 to 16 plain ASCII characters",
    );
}

fn commands(dir: &Path, edits: &[(&str, &str)]) -> Vec<Command> {
    let loaded = edited(dir, edits).unwrap_or_else(|error| panic!("{error}"));
    loaded.commands(&Birth::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn commands_come_in_one_order() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(dir.path(), &[]);
    assert_eq!(first, commands(dir.path(), &[]));
    let mut kinds: Vec<_> = first.iter().filter_map(Command::kind).collect();
    assert_eq!(kinds[0], CommandKind::Genesis);
    kinds.dedup();
    let order = [
        CommandKind::Genesis,
        CommandKind::FirmDef,
        CommandKind::InstrumentDef,
        CommandKind::InstrumentRules,
        CommandKind::Allocation,
        CommandKind::Mark,
        CommandKind::InstrumentDef,
        CommandKind::InstrumentRules,
        CommandKind::Allocation,
        CommandKind::AccountDef,
        CommandKind::LimitsSet,
        CommandKind::CashMove,
    ];
    assert_eq!(&kinds[..order.len()], order);
}

#[test]
fn a_restart_says_only_what_the_file_changed() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(dir.path(), &[]);
    let mut journal = Reconciler::default();
    assert!(journal.is_new());
    assert_eq!(journal.missing(&first), first);
    first.iter().for_each(|command| journal.note(command));
    assert!(!journal.is_new());
    assert_eq!(journal.missing(&first), []);

    let edits = [
        ("taker_fee = \"0.00003\"", "taker_fee = \"0.00004\""),
        ("amount = \"1000000\"", "amount = \"5\""),
        ("accounts = [1]", "accounts = []"),
        ("orders_max = 262144", "orders_max = 100"),
    ];
    let second = commands(dir.path(), &edits);
    let missing = journal.missing(&second);
    assert_eq!(missing.len(), 2, "{missing:?}");
    assert!(matches!(missing[0].view(), Some(CommandRef::AccountDef(a)) if a.taker_fee == 40));
    assert!(matches!(missing[1].view(), Some(CommandRef::SessionAccount(a)) if a.allowed == 0));
    assert_eq!(journal.fixed_differences(&second[0]), ["orders_max is 262144, not 100"]);
    missing.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.missing(&second), []);
}

#[test]
fn what_the_file_no_longer_names_is_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(dir.path(), &[]);
    let mut journal = Reconciler::default();
    first.iter().for_each(|command| journal.note(command));
    assert_eq!(journal.leftovers(&first), [""; 0]);

    let gone = |command: &Command| match command.view() {
        Some(CommandRef::FirmDef(body)) => body.firm.0 == 1,
        Some(CommandRef::InstrumentDef(body)) => body.instrument.0 == 1,
        Some(CommandRef::AccountDef(body)) => body.account.0 == 1,
        Some(CommandRef::LimitsSet(body)) => (body.scope.0, body.id) == (3, 1),
        Some(CommandRef::SessionDef(_)) => command.header().session.0 == 1,
        _ => false,
    };
    let fewer: Vec<Command> = first.iter().copied().filter(|command| !gone(command)).collect();
    let told = journal.leftovers(&fewer).join("\n");
    let names = ["firm 1 is", "instrument 1 is", "account 1 is", "what limits account 1 is"];
    for name in names.into_iter().chain(["session 1 is no longer"]) {
        assert!(told.contains(name), "{name}: {told}");
    }
    assert_eq!(told.lines().count(), 5, "{told}");

    let richer = commands(dir.path(), &[("amount = \"1000000\"", "amount = \"5\"")]);
    let told = journal.leftovers(&richer);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the opening balance of account"), "{told:?}");
}

#[test]
fn what_a_configuration_says_names_who_and_why() {
    let dir = tempfile::tempdir().expect("a directory");
    for command in commands(dir.path(), &[]).iter().skip(1) {
        let mut fields = std::collections::BTreeMap::new();
        let view = command.view().expect("a known kind");
        view.body().fields(&mut |name, value| {
            fields.insert(name, pinion_types::text::Shown(value).to_string());
        });
        assert_eq!(fields.get("actor").map(String::as_str), Some("\"config\""), "{command:?}");
        let has_reason = fields.get("reason").is_none_or(|reason| reason.len() > 2);
        assert!(has_reason, "{command:?}");
    }
}

#[test]
fn what_an_operator_said_stays() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = commands(dir.path(), &[]);
    let mut journal = Reconciler::default();
    first.iter().for_each(|command| journal.note(command));
    let by_hand = first.iter().find_map(|command| match command.view() {
        Some(CommandRef::LimitsSet(limits)) => Some(pinion_types::command::LimitsSet {
            order_qty_max: 1,
            actor: pinion_types::text::Chars::new("uid 1001"),
            ..*limits
        }),
        _ => None,
    });
    let by_hand = by_hand.expect("the first account has limits");
    journal.note(&Command::new(pinion_types::SessionId(0), 0, &by_hand));
    assert_eq!(journal.missing(&first), []);
}

#[test]
fn one_text_may_hold_all_parts() {
    let text = "[core.capacity]\norders_max = 7\n[gateway.listen]\nnumber = 1\n";
    let source = |text: &str| {
        vec![Source { name: "one.toml".into(), part: Part::Profile, text: text.into() }]
    };
    let loaded = Loaded::from_sources(source(text), Path::new("")).expect("it is right");
    assert_eq!(loaded.config.core.capacity.orders_max, 7);
    assert_eq!(loaded.config.gateway.listen.number, 1);
    let error = Loaded::from_sources(source("[cor]\n"), Path::new("")).expect_err("no such part");
    assert_eq!(error.to_string(), "error: one.toml:1: unknown key `cor`; did you mean `core`?");
}
