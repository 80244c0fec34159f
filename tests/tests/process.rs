//! Whole venues as processes: how they end, what they keep, what nobody can do to them.
#![forbid(unsafe_code)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pinion::import::Request;
use pinion_client::{Client, Credentials, End, Error, Now, Options, Session, Update};
use pinion_tests::process::{Desk, KEY_ID, Pair, Program, Raw, Role, Up, frame, key, now, write};
use pinion_types::codes::NegotiationReject;
use pinion_types::event::REPORTS_MAX;
use pinion_types::{
    CancelReason, ClOrdId, Nanos, Px, Qty, RejectCode, TerminationCode, TimeInForce,
};
use pinion_wire::answer::PositionReport;
use pinion_wire::request::{NewOrderSingle, OrderMassStatusRequest};
use pinion_wire::{Frame, Money, Outbound};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::Signal;

fn program() -> Program {
    Program::new(env!("CARGO_BIN_EXE_pinion_under_test"))
}

/// A directory with a configuration, and room for data.
struct Ground {
    _dir: tempfile::TempDir,
    config: PathBuf,
    data: PathBuf,
}

fn ground() -> Ground {
    let dir = tempfile::tempdir().expect("a directory");
    let (config, data) = (write(dir.path()), dir.path().join("data"));
    Ground { _dir: dir, config, data }
}

impl Ground {
    fn up(&self) -> Up {
        Up::begin(&program(), &self.data, &self.config)
    }
}

/// A limit order that rests; cents make the price.
fn limit(id: u64, is_buy: bool, qty: u64, cents: i64) -> Request {
    let px = Px(cents * 1_000_000);
    Request::New { cl_ord_id: ClOrdId(id), is_buy, px, qty: Qty(qty), ioc: false }
}

/// Sends a request and waits until it is answered.
fn ask(desk: &mut Desk, request: &Request) {
    desk.send(request);
    while desk.ledger.waiting() > 0 {
        let _entered = desk.take();
    }
}

/// Two members trade 5 at 100.01 and 3 at 100.02, the first of them as the taker.
fn trade(one: &mut Desk, two: &mut Desk) {
    ask(two, &limit(1, false, 5, 10_001));
    ask(two, &limit(2, false, 5, 10_002));
    ask(one, &limit(1, true, 8, 10_002));
}

/// How an account stands, without what belongs to the message.
fn standing(desk: &mut Desk) -> PositionReport {
    let report = desk.position(&mut |_| {});
    PositionReport {
        msg_seq_num: 0,
        sending_time: Nanos(0),
        transact_time: Nanos(0),
        exec_id: pinion_types::Seq(0),
        request_id: 0,
        ..report
    }
}

/// Position, fees, cash; money in 1e-8.
fn figures(report: &PositionReport) -> (i64, i128, i128) {
    let money = |units, fraction| Money { units, fraction }.get();
    (
        report.position,
        money(report.fees_units, report.fees_fraction),
        money(report.cash_units, report.cash_fraction),
    )
}

#[test]
fn an_orderly_end_says_goodbye_to_everybody() {
    let ground = ground();
    let venue = ground.up();
    let mut desks = [1, 2].map(|member| Desk::log_on(venue.address(), member));
    let [one, two] = &mut desks;
    trade(one, two);
    venue.signal(Signal::TERM);
    for desk in &mut desks {
        let end = loop {
            match desk.client().receive(Duration::from_secs(30)) {
                Ok(_) => {}
                Err(Error::Ended(end)) => break end,
                Err(error) => panic!("{error}"),
            }
        };
        assert_eq!(end.termination(), Some(TerminationCode::Shutdown), "{end}");
        assert!(!end.is_asked());
    }
    assert_eq!(venue.wait(), 0);
}

#[test]
fn positions_cash_and_fees_are_exact_and_the_same_after_a_restart() {
    let ground = ground();
    let venue = ground.up();
    let mut desks = [1, 2].map(|member| Desk::log_on(venue.address(), member));
    let [one, two] = &mut desks;
    trade(one, two);
    let before = desks.each_mut().map(standing);
    // 800.11 changes hands; the taker pays 0.02 and 0.01, the maker is paid 0.01 and 0.01.
    assert_eq!(figures(&before[0]), (8, 3_000_000, 99_919_986_000_000));
    assert_eq!(figures(&before[1]), (-8, -2_000_000, 100_080_013_000_000));
    desks.into_iter().for_each(|desk| assert_eq!(desk.leave().refused(), 0));
    assert_eq!(venue.end(), 0);

    let venue = ground.up();
    let mut desks = [1, 2].map(|member| Desk::log_on(venue.address(), member));
    assert_eq!(desks.each_mut().map(standing), before);
    drop(desks);
    assert_eq!(venue.end(), 0);
}

#[test]
fn nobody_outlives_a_killed_supervisor_and_the_next_one_finds_everything() {
    let ground = ground();
    let venue = ground.up();
    let address = venue.address();
    let mut desks = [1, 2].map(|member| Desk::log_on(address, member));
    let [one, two] = &mut desks;
    trade(one, two);
    let before = desks.each_mut().map(standing);
    let children = ["core", "gateway"].map(|role| venue.child(role).1);
    venue.signal(Signal::KILL);
    assert_eq!(venue.wait(), -1);
    for child in &children {
        // Readable once the process has ended; a child that stays is a test that never ends.
        let mut waits = [PollFd::new(child, PollFlags::IN)];
        assert_eq!(poll(&mut waits, None), Ok(1));
    }

    let venue = Up::begin_at(&program(), &ground.data, &ground.config, &address.to_string());
    assert_eq!(venue.address(), address);
    // The same sessions go on: they resume, as after any lost connection.
    assert_eq!(desks.each_mut().map(standing), before);
    assert!(desks.iter().all(|desk| desk.resumed > 0));
    desks.into_iter().for_each(|desk| assert_eq!(desk.leave().refused(), 0));
    assert_eq!(venue.end(), 0);
}

#[test]
fn a_blocked_venue_stays_blocked_when_its_core_dies() {
    let ground = ground();
    let mut venue = Pair::begin(&program(), &ground.data, &ground.config);
    let mut desk = Desk::log_on(venue.address(), 1);
    ask(&mut desk, &limit(1, true, 5, 10_000));
    let target = ["--scope", "global", "--reason", "drill"];
    let verb = |word| [&["ctl", word], &target[..]].concat();
    assert_eq!(venue.ask(&verb("kill"))["canceled"], 1);
    let canceled = loop {
        match desk.take() {
            Some(Outbound::ExecutionReportCanceled(one)) => break one,
            Some(other) => panic!("{other:?}"),
            None => {}
        }
    };
    assert_eq!(canceled.reason.get(), Some(CancelReason::KillSwitch));

    venue.kill(Role::Core);
    assert_eq!(refusal(&mut desk, &limit(2, true, 5, 10_000)), Some(RejectCode::BlockedGlobal));
    assert_eq!(venue.ask(&verb("release"))["canceled"], 0);
    assert_eq!(refusal(&mut desk, &limit(3, true, 5, 10_000)), None);
    assert_eq!(desk.leave().answered(), 3);
    let _state_hash = venue.end();
}

/// Why a request is refused, if it is.
fn refusal(desk: &mut Desk, request: &Request) -> Option<RejectCode> {
    desk.send(request);
    let mut code = None;
    while desk.ledger.waiting() > 0 {
        if let Some(Outbound::ExecutionReportReject(one)) = desk.take() {
            code = one.code.get();
        }
    }
    code
}

#[test]
fn bad_input_ends_its_own_connection_and_the_venue_goes_on() {
    let ground = ground();
    let venue = ground.up();
    let address = venue.address();
    let mut good = Desk::log_on(address, 1);
    let mut orders = (1..).map(|id| limit(id, true, 1, 10_000));
    let mut goes_on = |good: &mut Desk| {
        ask(good, &orders.next().expect("without end"));
        assert_eq!(good.resumed, 0, "the good one was disturbed");
    };
    goes_on(&mut good);
    for length in [0, u32::MAX] {
        assert_eq!(told(address, &length.to_le_bytes()), TerminationCode::InvalidFraming);
        goes_on(&mut good);
    }

    let forged = Credentials::new(2, 2, KEY_ID, key(9));
    assert_eq!(refused(address, forged), Some(NegotiationReject::Credentials));
    goes_on(&mut good);
    let double = Credentials::new(1, 1, KEY_ID, key(1));
    assert_eq!(refused(address, double), Some(NegotiationReject::DuplicateConnection));
    goes_on(&mut good);
    by_bytes(address);
    goes_on(&mut good);

    let status = venue.ask(&["ctl", "status"]);
    assert_eq!(status["state"], "live", "{status}");
    assert_eq!(status["pid"], venue.opened["core_pid"]);
    assert_eq!(good.leave().answered(), 6);
    assert_eq!(venue.end(), 0);
}

/// Sends bytes to a fresh connection: the code of the goodbye they earn.
fn told(address: SocketAddr, bytes: &[u8]) -> TerminationCode {
    let mut stream = TcpStream::connect(address).expect("it accepts");
    let mut frame = bytes.to_vec();
    frame.resize(64, 0);
    stream.write_all(&frame).expect("it reads");
    let mut said = Vec::new();
    // A connection that is reset has said all it had to say.
    let _reset = stream.read_to_end(&mut said);
    let frame: Frame<'_> = pinion_wire::split(&said).expect("a frame").expect("a whole frame");
    match Outbound::decode(&frame) {
        Ok(Outbound::Terminate(goodbye)) => goodbye.code.get().expect("a code"),
        other => panic!("{other:?}"),
    }
}

/// Why a logon is refused.
fn refused(address: SocketAddr, credentials: Credentials) -> Option<NegotiationReject> {
    match Client::connect(address, credentials, Options::default()) {
        Err(Error::Ended(End::NegotiationRejected(reject))) => reject.code.get(),
        other => panic!("{other:?}"),
    }
}

/// Logs on and says goodbye, one byte in a packet.
fn by_bytes(address: SocketAddr) {
    let credentials = Credentials::new(2, 2, KEY_ID, key(2));
    let mut session = Session::new(credentials, Options::default());
    let mut stream = TcpStream::connect(address).expect("it accepts");
    stream.set_nodelay(true).expect("ours");
    let began = Instant::now();
    let now = || {
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos();
        let [tick, utc] =
            [began.elapsed().as_nanos(), utc].map(|nanos| u64::try_from(nanos).expect("nanos"));
        Now { tick, utc: Nanos(utc) }
    };
    session.begin(now());
    let mut buffer = [0; 4_096];
    loop {
        match session.poll(now()) {
            Some(Update::Established(_)) => session.terminate(now()),
            Some(Update::Ended(end)) => {
                assert!(end.is_asked(), "{end}");
                return;
            }
            Some(Update::Message(message)) => panic!("{message:?}"),
            None => {
                while let Some(&byte) = session.outgoing().first() {
                    stream.write_all(&[byte]).expect("it reads");
                    session.written(1);
                }
                let len = stream.read(&mut buffer).expect("it answers");
                assert_ne!(len, 0, "it closed without a word");
                session.feed(now(), &buffer[..len]);
            }
        }
    }
}

/// A second supervisor on the same data is told so, and disturbs nothing.
#[test]
fn two_supervisors_do_not_share_data() {
    let ground = ground();
    let venue = ground.up();
    let path = |path: &Path| path.to_str().expect("plain").to_owned();
    let (data, config) = (path(&ground.data), path(&ground.config));
    let arguments = ["up", "--data", &data, "--config", &config, "--listen", "127.0.0.1:0"];
    let second = program().run(&arguments);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(second.err.contains("another `pinion up` runs on"), "{second:?}");
    let mut desk = Desk::log_on(venue.address(), 1);
    ask(&mut desk, &limit(1, true, 1, 10_000));
    assert_eq!(desk.leave().answered(), 1);
    assert_eq!(venue.end(), 0);
}

/// Loss of power under durability "power": every process dies, and with them what was only in
/// memory. What was acknowledged is on disk.
#[test]
fn acknowledged_under_power_survives_the_loss_of_memory() {
    let ground = ground();
    let file = ground.config.join("core.toml");
    let text = std::fs::read_to_string(&file).expect("written");
    std::fs::write(&file, text + "\n[durability]\nmode = \"power\"\n").expect("ours");
    let data = ground.data.to_str().expect("plain").to_owned();
    let (mut sent, mut acknowledged) = (Vec::new(), Vec::new());
    for round in 1..=3 {
        let venue = Pair::begin(&program(), &ground.data, &ground.config);
        assert_eq!(venue.status()["durability"], "power");
        let mut raw = Raw::log_on(venue.address(), 1);
        let found = working(&mut raw);
        for id in &acknowledged {
            assert!(found.contains(id), "order {id} was acknowledged and is gone");
        }
        assert!(found.iter().all(|id| sent.contains(id)), "an order that nobody sent");
        let orders: Vec<_> = (0..400)
            .map(|at| NewOrderSingle {
                cl_ord_id: ClOrdId(round * 1_000 + at),
                time_in_force: TimeInForce::GoodTillCancel.into(),
                ..raw.order()
            })
            .collect();
        sent.extend(orders.iter().map(|order| order.cl_ord_id));
        let bytes: Vec<u8> = orders.iter().flat_map(frame).collect();
        raw.stream.write_all(&bytes).expect("it reads");
        // The others are anywhere on their way when the lights go out.
        for _ in 0..round * 100 {
            let Outbound::ExecutionReportNew(report) = raw.answer() else { panic!("accepted") };
            acknowledged.push(report.cl_ord_id);
        }
        // Kills both, and takes their memory away.
        drop(venue);
    }
    let venue = Pair::begin(&program(), &ground.data, &ground.config);
    let found = working(&mut Raw::log_on(venue.address(), 1));
    assert!(acknowledged.len() == 600 && acknowledged.iter().all(|id| found.contains(id)));
    let state_hash = venue.end();
    let verified = program().run(&["journal", "verify", "--data", &data]);
    assert_eq!(verified.code, 0, "{verified:?}");
    let replay = ["journal", "replay", "--data", &data, "--expect-hash", &state_hash];
    let replayed = program().ask(&replay);
    assert_eq!(replayed["events"], replayed["events_compared"], "{replayed}");
}

/// The session's working orders, page by page.
fn working(raw: &mut Raw) -> Vec<ClOrdId> {
    let mut found = Vec::new();
    loop {
        raw.send(&OrderMassStatusRequest {
            msg_seq_num: raw.next_seq,
            sending_time: now(),
            request_id: 7,
            ..OrderMassStatusRequest::default()
        });
        raw.next_seq += 1;
        loop {
            let Outbound::OrderStatusReport(one) = raw.answer() else { panic!("a report") };
            if one.found.is_set() {
                found.push(one.cl_ord_id);
            }
            if one.report_index + 1 >= one.report_count {
                return found;
            }
            if one.report_index + 1 == REPORTS_MAX {
                break;
            }
        }
    }
}
