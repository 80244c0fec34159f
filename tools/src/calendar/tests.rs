use jiff::Timestamp;
use pinion_types::{Command, CommandRef, Nanos};

use super::{Calendar, Timetable};
use crate::config::venue::VenueConfig;
use crate::scenario::{parse_time, show_time};

const BERLIN: &str = r#"
    [[schedules]]
    name = "berlin"
    zone = "Europe/Berlin"
    sessions = [
        { days = ["mon", "tue", "wed", "thu", "fri"], time = "09:00", state = "continuous" },
        { days = ["mon", "tue", "wed", "thu", "fri"], time = "08:50", state = "opening-auction" },
        { days = ["mon", "tue", "wed", "thu", "fri"], time = "17:30", state = "closed" },
    ]
    holidays = [{ date = "2026-12-25", name = "Christmas Day" }]
    half_days = [{ date = "2026-12-24", name = "Christmas Eve", sessions = [
        { time = "09:00", state = "continuous" },
        { time = "12:00:30", state = "closed", random_ms = 5000 },
    ] }]
    [[instruments]]
    id = 2
    symbol = "B"
    currency = "EUR"
    tick = "0.01"
    schedule = "berlin"
"#;

fn calendar(text: &str) -> Calendar {
    let venue: VenueConfig = toml::from_str(text).expect("it reads");
    Calendar::new(&venue).expect("it is right")
}

fn at(text: &str) -> Nanos {
    parse_time(text).expect("a time")
}

/// `time state` of each.
fn lines(calendar: &Calendar, from: &str, until: &str) -> Vec<String> {
    let changes = calendar.between(at(from), at(until));
    let name = |state: u8| pinion_types::TradingState::from_code(state).expect("a state").name();
    let line = |it: &super::Change| format!("{} {}", show_time(it.at), name(it.state));
    changes.iter().map(line).collect()
}

#[test]
fn a_day_has_its_changes_in_order_of_time() {
    let found = lines(&calendar(BERLIN), "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z");
    let day = [
        "2026-01-05T07:50:00Z opening-auction",
        "2026-01-05T08:00:00Z continuous",
        "2026-01-05T16:30:00Z closed",
    ];
    assert_eq!(found, day);
}

#[test]
fn clocks_that_change_move_the_moments_and_not_the_times() {
    let berlin = calendar(BERLIN);
    // Friday before and Monday after the clocks go forward; the weekend has nothing.
    let found = lines(&berlin, "2026-03-27T08:00:00Z", "2026-03-30T07:00:00Z");
    let spring = [
        "2026-03-27T16:30:00Z closed",
        "2026-03-30T06:50:00Z opening-auction",
        "2026-03-30T07:00:00Z continuous",
    ];
    assert_eq!(found, spring);
    let found = lines(&berlin, "2026-10-23T15:00:00Z", "2026-10-26T08:00:00Z");
    let autumn = [
        "2026-10-23T15:30:00Z closed",
        "2026-10-26T07:50:00Z opening-auction",
        "2026-10-26T08:00:00Z continuous",
    ];
    assert_eq!(found, autumn);
}

#[test]
fn times_that_a_night_lacks_or_has_twice_come_once() {
    let nights = r#"
        [[schedules]]
        name = "nights"
        zone = "Europe/Berlin"
        sessions = [
            { days = ["sun"], time = "02:30", state = "continuous" },
            { days = ["sun"], time = "03:30", state = "closed" },
            { days = ["sun"], time = "04:00", state = "halted" },
        ]
        [[instruments]]
        id = 1
        symbol = "N"
        currency = "EUR"
        tick = "0.01"
        schedule = "nights"
    "#;
    let nights = calendar(nights);
    // 02:30 is not there: it comes at 03:30, where the later change of the day wins.
    let found = lines(&nights, "2026-03-28T20:00:00Z", "2026-03-29T20:00:00Z");
    assert_eq!(found, ["2026-03-29T01:30:00Z closed", "2026-03-29T02:00:00Z halted"]);
    // 02:30 is there twice: the first of them.
    let found = lines(&nights, "2026-10-24T20:00:00Z", "2026-10-25T20:00:00Z");
    let autumn = [
        "2026-10-25T00:30:00Z continuous",
        "2026-10-25T02:30:00Z closed",
        "2026-10-25T03:00:00Z halted",
    ];
    assert_eq!(found, autumn);
}

#[test]
fn holidays_have_nothing_and_half_days_their_own() {
    let found = lines(&calendar(BERLIN), "2026-12-23T16:30:00Z", "2026-12-28T08:00:00Z");
    let christmas = [
        "2026-12-24T08:00:00Z continuous",
        "2026-12-24T11:00:30Z closed",
        "2026-12-28T07:50:00Z opening-auction",
        "2026-12-28T08:00:00Z continuous",
    ];
    assert_eq!(found, christmas);
}

#[test]
fn the_last_change_is_found_over_holidays() {
    let found = calendar(BERLIN).current(at("2026-12-27T20:00:00Z"));
    assert_eq!(found.len(), 1);
    assert_eq!(show_time(found[0].at), "2026-12-24T11:00:30Z");
}

/// `time state-code random` of each command; state 0 takes back.
fn said(commands: &[Command]) -> Vec<String> {
    let line = |command: &Command| match command.view() {
        Some(CommandRef::Schedule(it)) => {
            assert_eq!(it.actor.as_str(), "config");
            let state = it.state.get().map_or("none", |state| state.name());
            format!("{} {} {} {}", it.instrument, show_time(it.at), state, it.random_ms)
        }
        _ => panic!("{command:?}"),
    };
    commands.iter().map(line).collect()
}

fn tell(timetable: &mut Timetable, now: &str, until: &str) -> Vec<String> {
    let missing = timetable.missing(at(now), at(until));
    missing.iter().for_each(|command| timetable.note(command));
    said(&missing)
}

#[test]
fn everything_is_told_once_and_a_restart_tells_nothing() {
    let mut venue = Timetable::new(calendar(BERLIN));
    // Begun within the day: the state of now first, then what lies ahead.
    let told = tell(&mut venue, "2026-12-23T10:00:00Z", "2026-12-24T23:00:00Z");
    let first = [
        "2 2026-12-23T08:00:00Z continuous 0",
        "2 2026-12-23T16:30:00Z closed 0",
        "2 2026-12-24T08:00:00Z continuous 0",
        "2 2026-12-24T11:00:30Z closed 5000",
    ];
    assert_eq!(told, first);
    // A restart reads the journal again; so does the next day, whose end lies further.
    assert_eq!(tell(&mut venue, "2026-12-23T10:00:01Z", "2026-12-24T23:00:00Z"), [""; 0]);
    assert_eq!(tell(&mut venue, "2026-12-23T17:00:00Z", "2026-12-24T23:00:00Z"), [""; 0]);
    let told = tell(&mut venue, "2026-12-23T23:00:00Z", "2026-12-28T07:50:00Z");
    assert_eq!(told, ["2 2026-12-28T07:50:00Z opening-auction 0"]);
}

#[test]
fn a_changed_calendar_replaces_what_waits_and_nothing_else() {
    let mut venue = Timetable::new(calendar(BERLIN));
    let (now, until) = ("2026-12-22T10:00:00Z", "2026-12-23T23:00:00Z");
    let first = venue.missing(at(now), at(until));
    let changed =
        BERLIN.replace("holidays = [", "holidays = [{ date = \"2026-12-23\", name = \"storm\" }, ");
    let mut changed = Timetable::new(calendar(&changed.replace("17:30", "16:30")));
    first.iter().for_each(|command| changed.note(command));
    let told = tell(&mut changed, "2026-12-22T11:00:00Z", until);
    let news = [
        "2 2026-12-22T16:30:00Z none 0",
        "2 2026-12-23T07:50:00Z none 0",
        "2 2026-12-23T08:00:00Z none 0",
        "2 2026-12-23T16:30:00Z none 0",
        "2 2026-12-22T15:30:00Z closed 0",
    ];
    assert_eq!(told, news);
    assert_eq!(tell(&mut changed, "2026-12-22T11:00:00Z", until), [""; 0]);
    // An instrument that follows no schedule any more: nothing waits for it.
    let gone = BERLIN.replace("schedule = \"berlin\"", "");
    let mut gone = Timetable::new(calendar(&gone));
    first.iter().for_each(|command| gone.note(command));
    let told = tell(&mut gone, "2026-12-23T11:00:00Z", until);
    assert_eq!(told, ["2 2026-12-23T16:30:00Z none 0"]);
    venue.note(&first[0]);
}

#[test]
fn a_venue_that_was_away_for_long_is_told_where_it_stands() {
    let mut venue = Timetable::new(calendar(BERLIN));
    tell(&mut venue, "2026-01-05T10:00:00Z", "2026-01-06T23:00:00Z");
    venue.note(&timer("2026-01-05T16:30:00Z"));
    // What was to come on Tuesday never came, and must not come behind the state of now.
    let told = tell(&mut venue, "2026-01-15T10:00:00Z", "2026-01-15T23:00:00Z");
    let news = [
        "2 2026-01-05T16:30:00Z none 0",
        "2 2026-01-06T07:50:00Z none 0",
        "2 2026-01-06T08:00:00Z none 0",
        "2 2026-01-06T16:30:00Z none 0",
        "2 2026-01-15T08:00:00Z continuous 0",
        "2 2026-01-15T16:30:00Z closed 0",
    ];
    assert_eq!(told, news);
}

fn timer(due: &str) -> Command {
    let timer = pinion_types::command::Timer { due: at(due), ..Default::default() };
    Command::new(pinion_types::SessionId(0), 0, &timer)
}

#[test]
fn what_an_operator_schedules_is_his() {
    let mut venue = Timetable::new(calendar(BERLIN));
    let (now, until) = ("2026-01-05T10:00:00Z", "2026-01-05T23:00:00Z");
    tell(&mut venue, now, until);
    let body = pinion_types::command::Schedule {
        instrument: pinion_types::InstrumentId(2),
        at: at("2026-01-05T16:30:00Z"),
        actor: pinion_types::text::Chars::new("uid 7"),
        ..Default::default()
    };
    venue.note(&Command::new(pinion_types::SessionId(0), 0, &body));
    assert_eq!(tell(&mut venue, now, until), [""; 0]);
}

#[test]
fn no_more_is_told_than_fits_and_the_nearest_first() {
    let many: String = (1..=2_000)
        .map(|id| {
            format!(
                "[[instruments]]\nid = {id}\nsymbol = \"I{id}\"\ncurrency = \"EUR\"\n\
                 tick = \"0.01\"\nschedule = \"berlin\"\n"
            )
        })
        .collect();
    let text = BERLIN.split("[[instruments]]").next().expect("the schedule").to_owned() + &many;
    let mut venue = Timetable::new(calendar(&text));
    let told = tell(&mut venue, "2026-01-05T06:00:00Z", "2026-01-05T23:00:00Z");
    // Where each stands, and what fits of what comes: all of the first moment, part of the second.
    assert_eq!(told.len(), 2_000 + super::WAITING_MAX);
    assert!(told[2_000..4_000].iter().all(|it| it.contains("T07:50:00Z")));
    assert!(told[4_000..].iter().all(|it| it.contains("T08:00:00Z")));
    assert_eq!(tell(&mut venue, "2026-01-05T06:01:00Z", "2026-01-05T23:00:00Z"), [""; 0]);
    // When the first have come there is room for more.
    let told = tell(&mut venue, "2026-01-05T07:50:01Z", "2026-01-05T23:00:00Z");
    assert_eq!(told.len(), 2_000);
}

#[test]
fn a_year_of_a_schedule_is_always_in_order() {
    let changes = calendar(BERLIN).between(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    assert!(changes.is_sorted_by(|left, right| left.at < right.at));
    // 261 weekdays, less a holiday; the half day has one change less.
    assert_eq!(changes.len(), 260 * 3 - 1);
    let clock = |it: &super::Change| {
        let at = Timestamp::from_nanosecond(i128::from(it.at.0)).expect("a moment");
        at.in_tz("Europe/Berlin").expect("a zone").time().hour()
    };
    assert!(changes.iter().all(|it| [8, 9, 12, 17].contains(&clock(it))));
}
