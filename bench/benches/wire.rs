//! Order to acknowledgement over loopback TCP, through gateway and core, beside a bare mio echo of
//! the same bytes in the same layout.
//!
//! Two cores: the core's hot thread spins on the first one all the time, also while the echo has
//! its turn; gateway, echo and client share the second one. A lone order at a time: the next goes
//! out when the answer to the one before is there.
#![forbid(unsafe_code)]

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use pinion_bench::{Latency, Machine, pin, scratch, sized};
use pinion_client::{Client, Credentials, Now, Options, Session, Update};
use pinion_gateway::config::{Config, KeyFile, Wait};
use pinion_gateway::server::Server;
use pinion_sequencer::{Core, CoreConfig, Given};
use pinion_tests::tape::meb;
use pinion_tests::venue;
use pinion_types::units::PX_ONE;
use pinion_types::{
    AccountId, Command, InstrumentId, OrdType, Px, Qty, SessionId, Side, TimeInForce,
};
use pinion_wire::Outbound;
use pinion_wire::request::NewOrderSingle;

/// How long the gateway looks again at once before it blocks; the echo does the same.
const BUSY: Duration = Duration::from_micros(100);

/// A thread that runs until told.
struct Running {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it ends in order");
        }
    }
}

fn gateway(config: Config) -> Running {
    let server = Server::bind(config).expect("a gateway");
    let (address, counters) = (server.address(), server.counters());
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        pin("gateway", 1);
        server.run(&stopping).expect("it runs to its end");
    });
    while counters.attached.get() == 0 {
        thread::yield_now();
    }
    Running { address, stop, thread: Some(thread) }
}

/// Answers every `ask_len` bytes with `answer`, waiting as the gateway does.
fn echo(ask_len: usize, answer: Vec<u8>) -> Running {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number");
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let thread = thread::spawn(move || {
        pin("echo", 1);
        let (stream, _) = listener.accept().expect("a client");
        stream.set_nodelay(true).expect("no delay");
        stream.set_nonblocking(true).expect("non-blocking");
        serve_echo(mio::net::TcpStream::from_std(stream), ask_len, &answer, &stopping);
    });
    Running { address, stop, thread: Some(thread) }
}

fn serve_echo(
    mut stream: mio::net::TcpStream,
    ask_len: usize,
    answer: &[u8],
    stopping: &AtomicBool,
) {
    let mut poll = Poll::new().expect("a poll");
    poll.registry().register(&mut stream, Token(0), Interest::READABLE).expect("watched");
    let (mut ready, mut buffer) = (Events::with_capacity(16), [0; 4096]);
    let (mut held, mut busy_at) = (0, Instant::now());
    while !stopping.load(Ordering::Relaxed) {
        let is_busy = busy_at.elapsed() < BUSY;
        let timeout = if is_busy { Duration::ZERO } else { Duration::from_millis(1) };
        poll.poll(&mut ready, Some(timeout)).expect("polled");
        if ready.is_empty() {
            if is_busy {
                thread::yield_now();
            }
            continue;
        }
        busy_at = Instant::now();
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return,
                Ok(len) => held += len,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
            while held >= ask_len {
                held -= ask_len;
                stream.write_all(answer).expect("room for one answer");
            }
        }
    }
}

/// A client's end: a blocking socket and the session on it.
struct Trader {
    stream: TcpStream,
    session: Session,
    began: Instant,
    accepted: u64,
}

impl Trader {
    fn log_on(address: SocketAddr) -> Trader {
        let credentials = Credentials::new(1, 1, "key-1", vec![0x5a; 32]);
        let options = Options { keep_alive_ms: 60_000, ..Options::default() };
        let client = Client::connect(address, credentials, options).expect("a logon");
        let now = client.now();
        let (stream, session) = client.into_parts();
        stream.set_nodelay(true).expect("no delay");
        stream.set_read_timeout(None).expect("blocking");
        let began = Instant::now() - Duration::from_nanos(now.tick);
        Trader { stream, session, began, accepted: 0 }
    }

    fn now(&self) -> Now {
        let tick = u64::try_from(self.began.elapsed().as_nanos()).expect("a short run");
        Now { tick, utc: pinion_bench::tape::utc() }
    }

    /// The bytes of the next order, as they are to be written.
    fn order(&mut self) -> Vec<u8> {
        let order = NewOrderSingle {
            px: Px(100 * PX_ONE),
            qty: Qty(1),
            instrument: InstrumentId(1),
            account: AccountId(1),
            side: Side::Buy.into(),
            ord_type: OrdType::Limit.into(),
            time_in_force: TimeInForce::Day.into(),
            ..NewOrderSingle::default()
        };
        let now = self.now();
        self.session.send(now, &order).expect("established");
        let bytes = self.session.outgoing().to_vec();
        self.session.written(bytes.len());
        bytes
    }

    /// Takes an answer's bytes in; it must be an acceptance.
    fn take(&mut self, bytes: &[u8]) -> bool {
        let now = self.now();
        self.session.feed(now, bytes);
        match self.session.poll(now) {
            Some(Update::Message(Outbound::ExecutionReportNew(_))) => {
                self.accepted += 1;
                true
            }
            None => false,
            other => panic!("an order is answered by {other:?}"),
        }
    }

    /// One order whose answer's length is not known yet.
    fn first(&mut self) -> (Vec<u8>, Vec<u8>) {
        let ask = self.order();
        self.stream.write_all(&ask).expect("written");
        let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let len = self.stream.read(&mut buffer).expect("read");
            assert!(len > 0, "the gateway stays");
            answer.extend_from_slice(&buffer[..len]);
            if self.take(&buffer[..len]) {
                return (ask, answer);
            }
        }
    }
}

fn round_trip(stream: &mut TcpStream, ask: &[u8], answer: &mut [u8]) -> u64 {
    let start = Instant::now();
    stream.write_all(ask).expect("written");
    stream.read_exact(answer).expect("read");
    u64::try_from(start.elapsed().as_nanos()).expect("a short trip")
}

fn main() {
    println!("{}", Machine::here());
    println!("thread: hot on core 0; journal, preparer, timekeeper, control on core 1");
    pin("client", 1);
    let (dir, hot) = scratch();
    let mut config = CoreConfig::new(dir.path(), hot.path());
    config.wait = pinion_ipc::Wait::Spin;
    config.pins.hot = Some(0);
    (config.pins.journal, config.pins.preparer) = (Some(1), Some(1));
    (config.pins.timekeeper, config.pins.control) = (Some(1), Some(1));
    let socket = config.socket.clone();
    let mut founding = vec![Command::new(SessionId(0), 0, &pinion_bench::tape::genesis())];
    founding.extend(venue::setup(&[meb::instrument()], 1));
    let core = Core::start(config, &mut Given::new(founding), &mut |_| ()).expect("a core");

    let key = dir.path().join("key");
    fs::write(&key, "5a".repeat(32)).expect("written");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("mode set");
    let mut config = Config::new(socket);
    config.wait = Wait::Yield;
    config.keys =
        vec![KeyFile { session: SessionId(1), access_key_id: "key-1".to_owned(), path: key }];
    let gateway = gateway(config);
    let mut trader = Trader::log_on(gateway.address);
    let (ask, mut answer) = trader.first();
    println!("workload: orders of {} bytes, answers of {} bytes", ask.len(), answer.len());
    let echo = echo(ask.len(), answer.clone());
    let mut echo_stream = TcpStream::connect(echo.address).expect("connected");
    echo_stream.set_nodelay(true).expect("no delay");

    let (trips, rounds) = sized((2_000, 15), (200, 1));
    let mut all = [Latency::default(), Latency::default()];
    let (mut ratios, mut medians) = (Vec::new(), [Vec::new(), Vec::new()]);
    for _ in 0..rounds {
        let mut turn = [Latency::default(), Latency::default()];
        for _ in 0..trips {
            turn[0].record(round_trip(&mut echo_stream, &ask, &mut answer));
        }
        for _ in 0..trips {
            let ask = trader.order();
            turn[1].record(round_trip(&mut trader.stream, &ask, &mut answer));
            assert!(trader.take(&answer), "one answer an order");
        }
        ratios.push(turn[1].at(50.0) as f64 / turn[0].at(50.0) as f64);
        for ((all, turn), medians) in all.iter_mut().zip(&turn).zip(&mut medians) {
            all.add(turn);
            medians.push(turn.at(50.0));
        }
    }
    println!("digest: {} orders accepted", trader.accepted);
    for ((name, all), medians) in ["mio echo", "order to ack"].iter().zip(&all).zip(&mut medians) {
        medians.sort_unstable();
        println!("  {name:<16} median turn's p50 {} ns   {all}", medians[medians.len() / 2]);
    }
    ratios.sort_by(f64::total_cmp);
    println!("  ratio of p50 in a turn: median {:.2}, turns {rounds}", ratios[ratios.len() / 2]);
    drop((trader, echo_stream, echo, gateway));
    core.stop().expect("an end in order");
}
