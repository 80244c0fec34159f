//! A disk directory that is gone: what is left of memory serves cancels, and nothing is lost.

use std::fs;
use std::io::Write;

use pinion_tests::process::{Raw, Up, frame, now};
use pinion_types::{CancelReason, ClOrdId, RejectCode, TimeInForce};
use pinion_wire::Outbound;
use pinion_wire::request::{NewOrderSingle, OrderCancelRequest};

use crate::house::House;

/// Requests on their way at once.
const BURST: usize = 64;

/// Sends immediate orders that meet nobody, until one of them ends as wanted.
fn until(raw: &mut Raw, wanted: impl Fn(&Outbound) -> bool) {
    loop {
        let orders = (0..BURST).flat_map(|_| {
            let time_in_force = TimeInForce::ImmediateOrCancel.into();
            frame(&NewOrderSingle { time_in_force, ..raw.order() })
        });
        let orders: Vec<u8> = orders.collect();
        raw.stream.write_all(&orders).expect("it reads");
        let (mut open, mut is_done) = (BURST, false);
        while open > 0 {
            let answer = raw.answer();
            is_done |= wanted(&answer);
            match answer {
                Outbound::ExecutionReportNew(_) => {}
                Outbound::ExecutionReportCanceled(_)
                | Outbound::ExecutionReportReject(_)
                | Outbound::BusinessMessageReject(_) => open -= 1,
                other => panic!("{other:?}"),
            }
        }
        if is_done {
            return;
        }
    }
}

#[test]
fn without_its_disk_directory_the_venue_cancels_and_with_it_goes_on() {
    let mut house = House::open();
    let mut busy = Raw::log_on(house.address, 2);
    let resting = busy.order();
    busy.send(&resting);
    assert!(matches!(busy.answer(), Outbound::ExecutionReportNew(_)));
    let journal = house.venue.data.join("journal");
    let elsewhere = house.venue.data.join("elsewhere");
    fs::rename(&journal, &elsewhere).expect("ours");
    until(&mut busy, |answer| match answer {
        Outbound::ExecutionReportReject(one) => one.code.get() == Some(RejectCode::NoRoom),
        _ => false,
    });
    let cancel = OrderCancelRequest {
        msg_seq_num: busy.next_seq,
        sending_time: now(),
        cl_ord_id: ClOrdId(now().0),
        orig_cl_ord_id: resting.cl_ord_id,
        instrument: resting.instrument,
        side: resting.side,
        ..OrderCancelRequest::default()
    };
    busy.next_seq += 1;
    busy.send(&cancel);
    let Outbound::ExecutionReportCanceled(one) = busy.answer() else { panic!("a cancel passes") };
    assert_eq!(one.reason.get(), Some(CancelReason::ClientRequest));
    let status = house.venue.ask(&["ctl", "status"]);
    assert_eq!(status["state"], "live", "{status}");

    fs::rename(&elsewhere, &journal).expect("ours");
    until(&mut busy, |answer| matches!(answer, Outbound::ExecutionReportNew(_)));
    drop(busy);
    house.goes_on();
    house.close();
}

/// The journal is the truth: without it nothing begins. The event log follows from it.
#[test]
fn a_journal_that_is_gone_is_missed_and_an_event_log_is_written_again() {
    let mut house = House::open();
    house.goes_on();
    let House { venue, good, config, _dir: dir, .. } = house;
    drop(good);
    let (program, data) = (venue.program.clone(), venue.data.clone());
    assert_eq!(venue.end(), 0);
    let elsewhere = data.join("elsewhere");
    fs::rename(data.join("journal"), &elsewhere).expect("ours");
    let [shown, config_text] = [&data, &config].map(|path| path.to_str().expect("plain"));
    let arguments = ["up", "--data", shown, "--config", config_text, "--listen", "127.0.0.1:0"];
    let refused = program.run(&arguments);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("has no journal it could follow from"), "{refused:?}");
    fs::rename(&elsewhere, data.join("journal")).expect("ours");

    let events = |name| program.ask(&["journal", "replay", "--data", shown])[name].clone();
    let count = events("events");
    fs::rename(data.join("events"), &elsewhere).expect("ours");
    let venue = Up::begin(&program, &data, &config);
    assert_eq!(venue.ask(&["ctl", "status"])["state"], "live");
    assert_eq!(venue.end(), 0);
    assert_eq!(events("events"), events("events_compared"));
    assert!(events("events").as_u64() >= count.as_u64());
    drop(dir);
}
