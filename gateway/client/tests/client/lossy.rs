//! Any losses, repeats and cuts of what the venue sends: every message comes out once, in order.

use crate::peer::{credentials, report};
use crate::timing::{hears, logged_on, said};
use pinion_client::{Now, Options, Update};
use pinion_types::Nanos;
use pinion_wire::Inbound;
use pinion_wire::session::{Retransmission, Sequence};
use proptest::prelude::{ProptestConfig, any, prop, proptest};
use proptest::test_runner::RngSeed;
use std::hash::{BuildHasher, RandomState};

const NOW: Now = Now { tick: 5, utc: Nanos(1_700_000_000_000_000_005) };

fn seeded() -> ProptestConfig {
    let given = std::env::var("SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().hash_one("lossy"));
    println!("SEED={seed}");
    ProptestConfig {
        cases: 500,
        rng_seed: RngSeed::Fixed(seed),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn everything_comes_out_once_and_in_order(
        // 0 loses a message, 1 sends it, 2 sends it twice.
        fates in prop::collection::vec(0..3_u8, 1..300),
        held_max in 0..20_usize,
        count_max in 1..40_u32,
        cuts in any::<u64>(),
    ) {
        let limits = Options { held_max, retransmit_count_max: count_max, ..Options::default() };
        let mut session = logged_on(limits);
        assert_eq!(credentials().session.0, 7);
        let last = fates.len() as u64;
        let mut given = Vec::new();
        let mut asked_count = 0_u64;
        for (index, fate) in fates.iter().enumerate() {
            for _ in 0..*fate {
                hears(&mut session, NOW, &report(index as u64 + 1, false));
            }
        }
        hears(&mut session, NOW, &Sequence { next_seq_no: last + 1, ..Sequence::default() });
        loop {
            while let Some(update) = session.poll(NOW) {
                match update {
                    Update::Message(message) => given.push(message.head().unwrap().msg_seq_num),
                    other => panic!("{other:?}"),
                }
            }
            let asked: Vec<_> = said(&mut session);
            assert!(asked.len() <= 1, "one request at a time");
            let Some(Inbound::RetransmitRequest(asked)) = asked.first() else { break };
            assert!(asked.from_seq_no + u64::from(asked.count) <= last + 1, "only what was sent");
            assert!(asked.count <= count_max);
            asked_count += 1;
            // Sometimes the venue cuts the answer short.
            let count = if cuts >> (asked_count % 64) & 1 == 1 { 1 } else { asked.count };
            hears(&mut session, NOW, &Retransmission {
                session_ver_id: asked.session_ver_id,
                request_timestamp: asked.timestamp,
                next_seq_no: asked.from_seq_no,
                count,
                session: asked.session,
                ..Retransmission::default()
            });
            for number in asked.from_seq_no..asked.from_seq_no + u64::from(count) {
                hears(&mut session, NOW, &report(number, true));
            }
        }
        assert_eq!(given, (1..=last).collect::<Vec<_>>());
        assert_eq!(session.retransmit_request_count(), asked_count);
        assert!(!session.is_recovering());
    }

    #[test]
    fn noise_never_panics(
        bytes in prop::collection::vec(any::<u8>(), 0..400), established in any::<bool>()
    ) {
        let mut session = logged_on(Options::default());
        if !established {
            session.begin(NOW);
        }
        session.feed(NOW, &bytes);
        while session.poll(NOW).is_some() {}
    }
}
