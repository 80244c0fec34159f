//! Any sequence of appending, draining, restarting and reading equals a list of records.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::Home;
use common::sim::{Keep, SimDisk};
use pinion_journal::{Full, Log, Position, Progress, Reader, open};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::test_runner::{Config, RngSeed};

#[derive(Clone, Debug)]
enum Step {
    Append {
        words: usize,
        fill: u64,
    },
    Drain {
        turns: usize,
    },
    /// Closed in good order, or dropped as by a kill; then opened again.
    Restart {
        closed: bool,
        logic_version: u32,
        sync: bool,
    },
    /// The machine starts again: what is durable must be there.
    PowerLoss,
    Read,
    Seek {
        back: u64,
    },
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (1..=508usize, any::<u64>()).prop_map(|(words, fill)| Step::Append { words, fill }),
        20 => (1..=24usize, any::<u64>()).prop_map(|(words, fill)| Step::Append { words, fill }),
        6 => (1..6usize).prop_map(|turns| Step::Drain { turns }),
        2 => (any::<bool>(), 0..2u32, any::<bool>())
            .prop_map(restart),
        1 => proptest::strategy::Just(Step::PowerLoss),
        6 => proptest::strategy::Just(Step::Read),
        3 => (0..200u64).prop_map(|back| Step::Seek { back }),
        2 => proptest::strategy::Just(Step::Resume),
    ]
}

fn restart((closed, logic_version, sync): (bool, u32, bool)) -> Step {
    Step::Restart { closed, logic_version, sync }
}

type Row = (u64, u64, Vec<u64>);

struct World {
    home: Home,
    log: Option<Log>,
    rows: Vec<Row>,
    reader: Option<Reader>,
    disk: SimDisk,
    logic_version: u32,
    sync: bool,
}

impl World {
    fn new() -> World {
        let mut world = World {
            home: Home::new(),
            log: None,
            rows: Vec::new(),
            reader: None,
            disk: SimDisk::new(),
            logic_version: 0,
            sync: false,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let mut options = self.home.options();
        options.logic_version = self.logic_version;
        options.sync = self.sync;
        options.lazy_sync = Duration::from_secs(3600);
        options.storage = Arc::new(self.disk.clone());
        self.log = Some(open(options).expect("opens"));
    }

    fn log(&mut self) -> &mut Log {
        self.log.as_mut().expect("it is open")
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Append { words, fill } => self.append(words, fill),
            Step::Drain { turns } => {
                for _ in 0..turns {
                    assert_ne!(self.log().drain.step(), Progress::Poisoned);
                }
            }
            Step::Restart { closed, logic_version, sync } => {
                let log = self.log.take().expect("it is open");
                drop(log.writer);
                if closed {
                    log.drain.close().expect("closes");
                } else {
                    drop(log.drain);
                }
                (self.logic_version, self.sync) = (logic_version, sync);
                self.open();
                let last = self.rows.len() as u64;
                assert_eq!(self.log().recovered.last_seq, last);
                assert_eq!(self.log().writer.next_seq(), last + 1);
            }
            Step::PowerLoss => self.lose_power(),
            Step::Read => self.read(),
            Step::Seek { back } => {
                let next = self.reader().position().seq;
                let to = next.saturating_sub(back).max(1);
                self.reader().seek(to).expect("a place");
                self.check_from(to);
            }
            Step::Resume => {
                let position = self.reader().position();
                let resumed = Reader::resume_in(
                    Arc::new(self.disk.clone()),
                    &self.home.dir(),
                    Some(&self.home.hot_dir()),
                    common::KIND,
                    position,
                );
                self.reader = Some(resumed.expect("the same place"));
                self.check_from(position.seq);
            }
        }
    }

    fn append(&mut self, words: usize, fill: u64) {
        let row = (fill ^ 1, fill ^ 2, vec![fill; words]);
        loop {
            let log = self.log();
            match log.writer.append(row.0, row.1, &row.2) {
                Ok(seq) => {
                    self.rows.push(row);
                    assert_eq!(seq, self.rows.len() as u64);
                    return;
                }
                Err(Full) => assert_ne!(log.drain.step(), Progress::Poisoned),
            }
        }
    }

    fn lose_power(&mut self) {
        let log = self.log.take().expect("it is open");
        let durable = log.writer.durable();
        drop(log);
        let keep = match self.rows.len() % 3 {
            0 => Keep::Nothing,
            1 => Keep::All,
            _ => Keep::Some(self.rows.len() as u64),
        };
        self.disk = self.disk.after_power_loss(keep);
        std::fs::remove_dir_all(self.home.hot_dir()).expect("the hot directory goes");
        // Who reads is on the same machine.
        self.reader = None;
        self.open();
        let last = self.log().recovered.last_seq;
        assert!(last >= durable);
        self.rows.truncate(last as usize);
        assert_eq!(self.rows.len() as u64, last);
    }

    fn reader(&mut self) -> &mut Reader {
        let (home, disk) = (&self.home, &self.disk);
        self.reader.get_or_insert_with(|| {
            let hot_dir = home.hot_dir();
            let storage = Arc::new(disk.clone());
            Reader::open_in(storage, &home.dir(), Some(&hot_dir), common::KIND, 1)
                .expect("a reader")
        })
    }

    fn read(&mut self) {
        let from = self.reader().position().seq;
        self.check_from(from);
    }

    fn check_from(&mut self, from: u64) {
        let mut seq = from;
        let last = self.rows.len() as u64;
        // After a restart the reader looks now and then whether its file was replaced.
        while seq <= last {
            let rows = std::mem::take(&mut self.rows);
            while let Some(record) = self.reader().next().expect("a good record") {
                let row = &rows[seq as usize - 1];
                let words: &[u64] = bytemuck::cast_slice(record.payload);
                assert_eq!((record.seq, record.time, record.aux), (seq, row.0, row.1));
                assert_eq!(words, row.2);
                seq += 1;
            }
            self.rows = rows;
        }
        let Position { seq: next, .. } = self.reader().position();
        assert_eq!(next, last + 1);
        assert!(self.reader().next().expect("nothing yet").is_none());
    }
}

fn config() -> Config {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("SEED={seed}");
    let rng_seed = RngSeed::Fixed(seed);
    Config { cases: 300, failure_persistence: None, rng_seed, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_log_is_a_list(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        world.read();
    }
}
