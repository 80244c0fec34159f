//! The gateway over TCP, with a core behind a real ring and a real event log.

mod venue;

use std::io::Write;
use std::net::Shutdown;
use std::thread;

use pinion_gateway::config::Wait;
use pinion_types::codes::{EstablishmentReject, NegotiationReject};
use pinion_types::{SessionVerId, TerminationCode};
use pinion_wire::Outbound;
use venue::client::{Client, frame, order};
use venue::{CoreOptions, CoreThread, FakeCore, GatewayThread, Place};

fn number(message: &Outbound) -> u64 {
    message.head().unwrap_or_else(|| panic!("no number: {message:?}")).msg_seq_num
}

#[test]
fn a_client_trades_over_tcp() {
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    for expected in 1..=100 {
        let order = client.order();
        client.send(&order);
        let Outbound::ExecutionReportNew(report) = client.report() else { panic!() };
        assert_eq!((report.msg_seq_num, report.cl_ord_id.0), (expected, expected));
        assert!(report.exec_id.0 > 2);
    }
    let mut second = Client::connect(gateway.address, 1);
    second.version = SessionVerId(2);
    second.send(&second.negotiate(&[0x5a; 32]));
    let Outbound::NegotiationReject(reject) = second.report() else { panic!() };
    assert_eq!(reject.code.get(), Some(NegotiationReject::DuplicateConnection));
    client.send(&client.goodbye());
    assert_eq!(client.terminated(), TerminationCode::Finished);
    gateway.stop();
}

#[test]
fn a_burst_of_many_sessions_loses_nothing() {
    const SESSIONS: u32 = 40;
    const ORDERS: u64 = 250;
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(SESSIONS));
    gateway.attached(1);
    let address = gateway.address;
    let clients: Vec<_> = (1..=SESSIONS)
        .map(|session| {
            thread::spawn(move || {
                let mut client = Client::connect(address, session);
                client.log_on();
                let bytes: Vec<u8> = (1..=ORDERS).flat_map(|n| frame(&order(n))).collect();
                client.stream.write_all(&bytes).expect("written");
                for expected in 1..=ORDERS {
                    assert_eq!(number(&client.report()), expected);
                }
                client.send(&client.goodbye());
                assert_eq!(client.terminated(), TerminationCode::Finished);
            })
        })
        .collect();
    for client in clients {
        client.join().expect("no client fails");
    }
    assert_eq!(gateway.counters.events_sent.get(), u64::from(SESSIONS) * ORDERS);
    gateway.stop();
}

#[test]
fn a_full_ring_makes_the_peers_wait_and_drops_nothing() {
    const ORDERS: u64 = 5_000;
    let place = Place::new();
    let options = CoreOptions { ring_lines: 64, ..CoreOptions::default() };
    let core = CoreThread::start(&place, FakeCore::new(), options);
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    core.stall(true);
    let mut writer = client.stream.try_clone().expect("the same socket");
    let writing = thread::spawn(move || {
        for number in 1..=ORDERS {
            writer.write_all(&frame(&order(number))).expect("the gateway reads at last");
        }
    });
    while gateway.counters.ring_full.get() == 0 {
        thread::yield_now();
    }
    core.stall(false);
    for expected in 1..=ORDERS {
        assert_eq!(number(&client.report()), expected);
    }
    writing.join().expect("all written");
    gateway.stop();
}

#[test]
fn a_core_that_comes_back_finds_its_clients_resuming() {
    let place = Place::new();
    let core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    for _ in 0..300 {
        let order = client.order();
        client.send(&order);
    }
    for expected in 1..=300 {
        assert_eq!(number(&client.report()), expected);
    }
    let fake = core.die();
    while client.receive().is_some() {}
    gateway.core_lost(1);

    // Nobody can be answered, and everybody is told so.
    let mut stranger = Client::connect(gateway.address, 2);
    stranger.send(&stranger.negotiate(&[0x5a; 32]));
    let Outbound::NegotiationReject(reject) = stranger.report() else { panic!() };
    assert_eq!(reject.code.get(), Some(NegotiationReject::SystemUnavailable));
    stranger.send(&stranger.establishment());
    let Outbound::EstablishmentReject(reject) = stranger.report() else { panic!() };
    assert_eq!(reject.code.get(), Some(EstablishmentReject::SystemUnavailable));

    let _core = CoreThread::start(&place, fake, CoreOptions::default());
    gateway.attached(2);
    let mut again = Client::connect(gateway.address, 1);
    again.next_seq = 301;
    let ack = again.establish();
    assert_eq!((ack.next_seq_no, ack.last_incoming_seq_no), (301, 300));
    resend_all(&mut again, 300);
    let order = again.order();
    again.send(&order);
    assert_eq!(number(&again.report()), 301);
    gateway.stop();
}

#[test]
fn a_gateway_that_comes_back_can_send_everything_again() {
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(4));
    gateway.attached(1);
    let mut clients: Vec<_> = (1..=4)
        .map(|session| {
            let mut client = Client::connect(gateway.address, session);
            client.log_on();
            client
        })
        .collect();
    for _ in 0..1_000 {
        for client in &mut clients {
            let order = client.order();
            client.send(&order);
        }
    }
    for client in &mut clients {
        for expected in 1..=1_000 {
            assert_eq!(number(&client.report()), expected);
        }
    }
    gateway.stop();
    for client in &mut clients {
        assert_eq!(client.terminated(), TerminationCode::Shutdown);
    }

    let gateway = GatewayThread::start(place.config(4));
    gateway.attached(1);
    for session in 1..=4 {
        let mut client = Client::connect(gateway.address, session);
        client.next_seq = 1_001;
        let ack = client.establish();
        assert_eq!((ack.next_seq_no, ack.last_incoming_seq_no), (1_001, 1_000));
        resend_all(&mut client, 1_000);
        client.send(&client.retransmit(500, 1));
        assert!(matches!(client.report(), Outbound::Retransmission(_)));
        assert_eq!(number(&client.report()), 500);
    }
    assert_eq!(gateway.counters.resent.get(), 4_004);
    gateway.stop();
}

fn resend_all(client: &mut Client, count: u32) {
    client.send(&client.retransmit(1, count));
    let Outbound::Retransmission(m) = client.report() else { panic!("no retransmission") };
    assert_eq!((m.next_seq_no, m.count), (1, count));
    for expected in 1..=u64::from(count) {
        let message = client.report();
        let head = message.head().expect("a number");
        assert_eq!(head.msg_seq_num, expected);
        assert!(head.poss_resend.is_set());
    }
}

#[test]
fn under_power_nothing_leaves_before_it_is_on_disk() {
    let place = Place::new();
    let options = CoreOptions { power: true, ..CoreOptions::default() };
    let core = CoreThread::start(&place, FakeCore::new(), options);
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    core.durable(3);
    for _ in 0..3 {
        let order = client.order();
        client.send(&order);
    }
    // Commands 1 and 2 were the logon: one order is on disk.
    assert_eq!(number(&client.report()), 1);
    client.stream.set_nonblocking(true).expect("set");
    let mut byte = [0];
    while gateway.counters.commands.get() < 5 {
        thread::yield_now();
    }
    let nothing = client.stream.peek(&mut byte).expect_err("nothing is sent");
    assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
    client.stream.set_nonblocking(false).expect("set");
    core.durable(u64::MAX);
    assert_eq!(number(&client.report()), 2);
    assert_eq!(number(&client.report()), 3);
    gateway.stop();
}

#[test]
fn a_stopping_gateway_says_goodbye_to_everybody() {
    let place = Place::new();
    let core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut logged_on = Client::connect(gateway.address, 1);
    logged_on.log_on();
    let mut silent = Client::connect(gateway.address, 2);
    while gateway.counters.accepted.get() < 2 {
        thread::yield_now();
    }
    gateway.begin_stop();
    assert_eq!(logged_on.terminated(), TerminationCode::Shutdown);
    assert_eq!(silent.terminated(), TerminationCode::Shutdown);
    drop((logged_on, silent));
    gateway.stop();
    // The core was told as well: the session is free.
    core.applied(3);
    let fake = core.die();
    let last = fake.log.last().expect("events").event;
    let Some(pinion_types::EventRef::Terminated(event)) = last.view() else { panic!("{last:?}") };
    assert_eq!(event.code.get(), Some(TerminationCode::Shutdown));
}

#[test]
fn wrong_keys_lock_an_address_out() {
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let mut config = place.config(2);
    config.access.failures_max = 3;
    let gateway = GatewayThread::start(config);
    gateway.attached(1);
    for _ in 0..3 {
        let mut client = Client::connect(gateway.address, 1);
        client.send(&client.negotiate(&[1; 32]));
        let Outbound::NegotiationReject(reject) = client.report() else { panic!() };
        assert_eq!(reject.code.get(), Some(NegotiationReject::Credentials));
        assert_eq!(client.receive(), None);
    }
    assert_eq!(gateway.counters.lockouts.get(), 1);
    let mut client = Client::connect(gateway.address, 1);
    assert_eq!(client.receive(), None, "closed at the door");
    assert_eq!(gateway.counters.refused_locked.get(), 1);
    gateway.stop();
}

#[test]
fn connections_beyond_the_limit_are_closed() {
    let place = Place::new();
    let mut config = place.config(2);
    config.access.connections_max = 2;
    let gateway = GatewayThread::start(config);
    let first = Client::connect(gateway.address, 1);
    let second = Client::connect(gateway.address, 1);
    let mut third = Client::connect(gateway.address, 1);
    assert_eq!(third.receive(), None);
    drop(first);
    while gateway.counters.closed.get() < 1 {
        thread::yield_now();
    }
    let mut fourth = Client::connect(gateway.address, 1);
    fourth.send(&fourth.negotiate(&[0x5a; 32]));
    assert!(matches!(fourth.report(), Outbound::NegotiationReject(_)));
    drop(second);
    gateway.stop();
}

#[test]
fn one_who_does_not_read_is_cut_off_and_nobody_else_notices() {
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let mut config = place.config(2);
    config.session.send_queue_len_max = 32 << 10;
    let gateway = GatewayThread::start(config);
    gateway.attached(1);
    let mut deaf = Client::connect(gateway.address, 1);
    deaf.log_on();
    let mut good = Client::connect(gateway.address, 2);
    good.log_on();
    let mut writer = deaf.stream.try_clone().expect("the same socket");
    let writing = thread::spawn(move || {
        for number in 1.. {
            // It ends when the gateway has had enough.
            if writer.write_all(&frame(&order(number))).is_err() {
                return;
            }
        }
    });
    while gateway.counters.slow_consumers.get() == 0 {
        let order = good.order();
        good.send(&order);
        assert_eq!(number(&good.report()), order.msg_seq_num);
    }
    writing.join().expect("cut off");
    let order = good.order();
    good.send(&order);
    assert_eq!(number(&good.report()), order.msg_seq_num);
    gateway.stop();
}

#[test]
fn a_client_that_leaves_without_a_word_is_unbound_after_its_last_order() {
    let place = Place::new();
    let core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    let order = client.order();
    client.send(&order);
    client.stream.shutdown(Shutdown::Both).expect("shut");
    while gateway.counters.closed.get() < 1 {
        thread::yield_now();
    }
    core.applied(4);
    gateway.stop();
    let fake = core.die();
    let kinds: Vec<_> = fake.log.iter().filter_map(|logged| logged.event.kind()).collect();
    use pinion_types::EventKind::{Accepted, Established, Negotiated, Terminated};
    assert_eq!(kinds, [Negotiated, Established, Accepted, Terminated]);
}

#[test]
fn a_spinning_gateway_does_the_same() {
    let place = Place::new();
    let _core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let mut config = place.config(1);
    config.wait = Wait::Spin;
    let gateway = GatewayThread::start(config);
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    let order = client.order();
    client.send(&order);
    assert_eq!(number(&client.report()), 1);
    gateway.stop();
}

#[test]
fn nonsense_from_many_disturbs_nobody() {
    let place = Place::new();
    let core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut good = Client::connect(gateway.address, 1);
    good.log_on();
    let address = gateway.address;
    let nonsense: Vec<_> = (0_u8..20)
        .map(|number| {
            thread::spawn(move || {
                for length in [0_u32, 13, 4_097, u32::MAX] {
                    let mut client = Client::connect(address, 2);
                    let mut bytes = length.to_le_bytes().to_vec();
                    bytes.resize(3_000, number);
                    // The gateway may close before all of it is written.
                    let _cut = client.stream.write_all(&bytes);
                    assert_eq!(client.terminated(), TerminationCode::InvalidFraming);
                }
            })
        })
        .collect();
    for expected in 1..=200 {
        let order = good.order();
        good.send(&order);
        assert_eq!(number(&good.report()), expected);
    }
    for client in nonsense {
        client.join().expect("each is told and closed");
    }
    assert_eq!(gateway.counters.framing_faults.get(), 80);
    good.send(&good.goodbye());
    assert_eq!(good.terminated(), TerminationCode::Finished);
    gateway.stop();
    let fake = core.die();
    assert_eq!(fake.log.len(), 203, "none of it reached the core");
}

#[test]
fn what_an_established_session_sends_wrong_is_kept_by_the_core() {
    let place = Place::new();
    let core = CoreThread::start(&place, FakeCore::new(), CoreOptions::default());
    let gateway = GatewayThread::start(place.config(2));
    gateway.attached(1);
    let mut client = Client::connect(gateway.address, 1);
    client.log_on();
    let mut bad = client.order();
    bad.reserved1 = 1;
    client.send(&bad);
    let Outbound::BusinessMessageReject(reject) = client.report() else { panic!() };
    assert_eq!((reject.ref_seq_num, reject.ref_tag), (1, 9001));
    client.stream.write_all(&[0xff; 64]).expect("written");
    assert_eq!(client.terminated(), TerminationCode::InvalidFraming);
    core.applied(5);
    gateway.stop();
    let fake = core.die();
    let kinds: Vec<_> = fake.log.iter().skip(2).filter_map(|logged| logged.event.kind()).collect();
    use pinion_types::EventKind::{BusinessRejected, DeadLetter, Terminated};
    assert_eq!(kinds, [BusinessRejected, DeadLetter, DeadLetter, Terminated]);
}
