//! Logs that do not belong together: boot and replay refuse them and name the first difference.

mod common;

use common::{Gateway, House, Line, Random, SESSIONS, lines, start};
use pinion_journal::{Options, Progress};
use pinion_sequencer::{Divergence, EVENT_KIND, Error, INPUT_KIND, LogPlace, ReplayPlan, replay};
use pinion_types::{Command, CommandKind, CommandRef, SCHEMA_HASH, Seq};

/// A venue that traded and ended.
fn traded() -> House {
    let house = House::new();
    let core = house.start();
    let mut gateway = Gateway::attach(&house.socket(), 0);
    (1..=SESSIONS).for_each(|session| gateway.log_on(session));
    gateway.trade(&mut Random::seeded(21), 300);
    gateway.settle(300 + 2 * u64::from(SESSIONS));
    core.stop().unwrap();
    house
}

/// Writes a log again, whole and with good checksums, from other lines.
fn rewrite(place: &LogPlace, kind: u16, lines: &[Line]) {
    std::fs::remove_dir_all(&place.dir).unwrap();
    std::fs::remove_dir_all(&place.hot_dir).unwrap();
    let mut options = Options::new(&place.dir, &place.hot_dir, kind);
    let genesis = common::genesis();
    options.segment_len = 64 * 1024;
    options.schema_hash = SCHEMA_HASH;
    options.logic_version = genesis.logic_version;
    options.venue = genesis.venue;
    let mut log = pinion_journal::open(options).unwrap();
    for (seq, time, aux, payload) in lines {
        let words: Vec<u64> = payload
            .chunks_exact(8)
            .map(|chunk| u64::from_le_bytes(chunk.try_into().unwrap()))
            .collect();
        while log.writer.append(*time, *aux, &words).is_err() {
            assert_ne!(log.drain.step(), Progress::Poisoned);
        }
        assert_eq!(log.writer.next_seq(), seq + 1);
    }
    drop(log.writer);
    log.drain.close().unwrap();
}

/// What boot and replay say of a venue whose logs are as they are now.
fn refusal(house: &House) -> Divergence {
    let config = house.config();
    let plan = ReplayPlan {
        inputs: (config.inputs.place.dir.clone(), None),
        events: Some((config.events.place.dir.clone(), None)),
        to: None,
    };
    let told = match replay(&plan, &mut ()) {
        Err(Error::Divergence(divergence)) => *divergence,
        other => panic!("{:?}", other.map(|replayed| replayed.summary)),
    };
    match start(config) {
        Err(Error::Divergence(divergence)) => assert_eq!(*divergence, told),
        other => panic!("{:?}", other.map(drop)),
    }
    assert!(!told.to_string().is_empty());
    told
}

#[test]
fn an_event_that_is_another_is_named() {
    let seed = 22;
    let mut random = Random::seeded(seed);
    let house = traded();
    let place = house.config().events.place;
    let good = lines(&place, EVENT_KIND);
    for _ in 0..12 {
        let mut bad = good.clone();
        let index = random.below(bad.len() as u64) as usize;
        let line = &mut bad[index];
        match random.below(4) {
            // Later records still rise in time, and so does this one.
            0 => line.1 += 1,
            1 => line.2 -= 1,
            _ => {
                let at = random.below(line.3.len() as u64) as usize;
                line.3[at] ^= 1 << random.below(8);
            }
        }
        rewrite(&place, EVENT_KIND, &bad);
        let Divergence::Event { seq, logged, replayed } = refusal(&house) else {
            panic!("another divergence")
        };
        assert_eq!(seq, Seq(index as u64 + 1));
        assert_ne!(logged, replayed);
        assert_eq!(replayed.time.0, good[index].1);
    }
    rewrite(&place, EVENT_KIND, &good);
    house.start().stop().unwrap();
}

#[test]
fn events_without_a_cause_are_named() {
    let house = traded();
    let place = house.config().events.place;
    let mut more = lines(&place, EVENT_KIND);
    let last = more.len() as u64;
    let again = more[3].clone();
    more.push((last + 1, again.1, again.2, again.3));
    rewrite(&place, EVENT_KIND, &more);
    let inputs = lines(&house.config().inputs.place, INPUT_KIND).len() as u64;
    let surplus =
        Divergence::Surplus { first: Seq(last + 1), last: Seq(last + 1), last_input: Seq(inputs) };
    assert_eq!(refusal(&house), surplus);
}

#[test]
fn events_that_are_not_there_are_written_again() {
    let house = traded();
    let place = house.config().events.place;
    let good = lines(&place, EVENT_KIND);
    for keep in [good.len() - 1, good.len() / 2, 1] {
        rewrite(&place, EVENT_KIND, &good[..keep]);
        let core = house.start();
        assert_eq!(core.recovery().compared, keep as u64);
        assert_eq!(core.recovery().appended, (good.len() - keep) as u64);
        core.stop().unwrap();
        assert_eq!(lines(&place, EVENT_KIND), good);
    }
    std::fs::remove_dir_all(&place.dir).unwrap();
    std::fs::remove_dir_all(&place.hot_dir).unwrap();
    house.start().stop().unwrap();
    assert_eq!(lines(&place, EVENT_KIND), good);
}

#[test]
fn a_state_that_is_another_is_named() {
    let house = traded();
    let place = house.config().inputs.place;
    let mut lines = lines(&place, INPUT_KIND);
    let is_hash =
        |line: &Line| Command::from_bytes(&line.3).unwrap().kind() == Some(CommandKind::StateHash);
    let index = lines.iter().rposition(is_hash).unwrap();
    let stated = Command::from_bytes(&lines[index].3).unwrap();
    let Some(CommandRef::StateHash(stated)) = stated.view() else { panic!("a state hash") };
    // The hash stands in the first word behind the header.
    lines[index].3[16] ^= 1;
    rewrite(&place, INPUT_KIND, &lines);
    let Divergence::State { seq, journaled, replayed } = refusal(&house) else {
        panic!("another divergence")
    };
    assert_eq!(seq, Seq(index as u64 + 1));
    assert_eq!(journaled, (stated.hash ^ 1, stated.events));
    assert_eq!(replayed, (stated.hash, stated.events));
}

#[test]
fn records_that_are_no_commands_are_refused() {
    let house = traded();
    let place = house.config().inputs.place;
    let good = lines(&place, INPUT_KIND);
    let check = |bad: &[Line], expected: u64| {
        rewrite(&place, INPUT_KIND, bad);
        match start(house.config()) {
            Err(Error::Unreadable { seq }) => assert_eq!(seq, Seq(expected)),
            other => panic!("{:?}", other.map(drop)),
        }
    };
    let mut bad = good.clone();
    bad[10].3[0] = 250;
    check(&bad, 11);
    let mut bad = good.clone();
    bad[20].1 -= 1_000_000_000_000;
    check(&bad, 21);
    check(&[(1, 1, 0, good[1].3.clone())], 1);
}
