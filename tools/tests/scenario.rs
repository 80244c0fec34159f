//! The scenario language prints every record so that it reads back to the same bytes.

use pinion::scenario::{Input, Output, Scenario, Step};
use pinion_types::{
    Command, CommandHeader, CommandKind, Event, EventHeader, EventKind, Nanos, Seq,
};
use proptest::prelude::*;

/// A record of `kind` with these bytes behind the kind's own, zeros after them.
fn command(kind: CommandKind, noise: &[u8]) -> Command {
    let mut bytes = Command::zeroed(kind).bytes().to_vec();
    for (to, &from) in bytes[1..].iter_mut().zip(noise) {
        *to = from;
    }
    Command::from_bytes(&bytes).expect("the kind and the length are right")
}

fn event(kind: EventKind, noise: &[u8]) -> Event {
    let mut bytes = Event::zeroed(kind).bytes().to_vec();
    for (to, &from) in bytes[1..].iter_mut().zip(noise) {
        *to = from;
    }
    Event::from_bytes(&bytes).expect("the kind and the length are right")
}

/// Bytes that are often zero, often text, often anything.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![Just(0u8), any::<u8>(), 0x20..0x7fu8, Just(0xffu8)];
    proptest::collection::vec(byte, 0..600)
}

fn check_input(input: &Input) {
    let text = input.to_string();
    let read: Input = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(read.command.bytes(), input.command.bytes(), "{text}");
    assert_eq!((read.seq, read.time), (input.seq, input.time), "{text}");
}

fn check_output(output: &Output) {
    let text = output.to_string();
    let read: Output = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(read.event.bytes(), output.event.bytes(), "{text}");
    let stamps = |of: &Output| (of.seq, of.time, of.cause);
    assert_eq!(stamps(&read), stamps(output), "{text}");
}

proptest! {
    #[test]
    fn every_command_reads_back(bytes in noise(), seq: u64, time: u64) {
        for &kind in CommandKind::ALL {
            let command = command(kind, &bytes);
            check_input(&Input { seq: Seq(seq), time: Nanos(time), command });
        }
    }

    #[test]
    fn every_event_reads_back(bytes in noise(), seq: u64, time: u64, cause: u64) {
        for &kind in EventKind::ALL {
            let event = event(kind, &bytes);
            let (seq, time, cause) = (Seq(seq), Nanos(time), Seq(cause));
            check_output(&Output { seq, time, cause, event });
        }
    }

    #[test]
    fn whole_scenarios_read_back(
        parts in proptest::collection::vec((noise(), any::<u64>(), any::<u64>(), 0..3usize), 0..6),
        own_cause: bool,
    ) {
        let mut scenario = Scenario::default();
        for (index, (bytes, seq, time, events)) in parts.into_iter().enumerate() {
            let kind = CommandKind::ALL[bytes.len() % CommandKind::ALL.len()];
            let (seq, time) = (Seq(seq), Nanos(time));
            let input = Input { seq, time, command: command(kind, &bytes) };
            let outputs = (0..events).map(|offset| {
                let kind = EventKind::ALL[(bytes.len() + offset) % EventKind::ALL.len()];
                let cause = if own_cause { seq } else { Seq(7) };
                Output { seq: Seq(offset as u64), time, cause, event: event(kind, &bytes) }
            });
            let mut step = Step::new(input, outputs.collect());
            step.notes = vec![format!("# step {index}"), String::new()];
            scenario.steps.push(step);
        }
        scenario.notes.push("# end".to_owned());
        let text = scenario.to_string();
        prop_assert_eq!(text.parse::<Scenario>(), Ok(scenario));
    }

    #[test]
    fn no_text_is_worse_than_an_error(text in "\\PC{0,200}") {
        let _outcome_does_not_matter_only_that_there_is_one = text.parse::<Scenario>().is_ok();
    }
}

#[test]
fn what_an_author_leaves_out_follows_from_above() {
    let text = "\
# Times and numbers go on by themselves.
@1000 new session=1 src_seq=1 cl_ord_id=1 px=100.05 qty=10 side=buy ord_type=limit
  > accepted session=1 msg_seq_num=1
@+5ms cancel session=1 src_seq=2 cl_ord_id=2 orig_cl_ord_id=1 # the end of it
  > canceled reason=request
  > 9 @7 ^1 dropped
timer
";
    let scenario: Scenario = text.parse().expect("it is right");
    let stamps: Vec<_> = scenario.steps.iter().map(|s| (s.input.seq.0, s.input.time.0)).collect();
    assert_eq!(stamps, [(1, 1000), (2, 5_001_000), (3, 5_001_000)]);
    let outputs: Vec<_> =
        scenario.steps.iter().flat_map(|s| &s.outputs).map(|o| (o.seq.0, o.cause.0)).collect();
    assert_eq!(outputs, [(1, 1), (2, 2), (9, 1)]);
}

#[track_caller]
fn check_error(text: &str, wanted: &str) {
    let error = text.parse::<Scenario>().expect_err("it is wrong");
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn errors_say_where_and_what_would_be_right() {
    check_error("\n1 @1 nwe side=buy", "line 2: there is no command `nwe`; did you mean `new`?");
    check_error("new sied=buy", "line 1: there is no field `sied` of `new`; did you mean `side`?");
    check_error("new side=up", "line 1: `up` is no value for field `side`");
    check_error("new side=buy side=buy", "line 1: field `side` stands twice");
    check_error("new buy", "line 1: `buy` is not field=value");
    check_error("  > accepted", "line 1: an event before any command");
    check_error("7", "line 1: the line names no command");
    check_error(
        "@soon timer",
        "line 1: `@soon` is no time; `@1000`, `@2026-01-05T10:00:00Z` and `@+5ms` are",
    );
    check_error("firm name=\"x", "line 1: a quote is not closed");
}

#[test]
fn names_of_header_and_body_do_not_meet() {
    use pinion_types::Body;
    for &kind in CommandKind::ALL {
        let record = Command::zeroed(kind);
        let body = record.view().expect("known").body();
        CommandHeader::default().visit(&mut |own, _| {
            body.fields(&mut |name, _| assert!(own == "kind" || name != own, "{kind:?} {name}"));
        });
    }
    for &kind in EventKind::ALL {
        let record = Event::zeroed(kind);
        let body = record.view().expect("known").body();
        EventHeader::default().visit(&mut |own, _| {
            let own = if matches!(own, "flags" | "reserved") { "header_" } else { own };
            body.fields(&mut |name, _| assert!(own == "kind" || name != own, "{kind:?} {name}"));
        });
    }
}
