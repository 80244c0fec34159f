//! A core process in a thread: real ring, real handover, real event log, and a fake inside.
#![allow(dead_code, reason = "each test file takes what it needs")]

pub mod client;

#[path = "../pair/core.rs"]
mod core;

use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use pinion_gateway::config::{Config, KeyFile, Wait};
use pinion_gateway::counters::Counters;
use pinion_gateway::server::Server;
use pinion_ipc::handover::{Listener, Peer, Reply};
use pinion_ipc::{Consumer, State, Status};
use pinion_journal::{Drain, Options, Writer};
use pinion_types::{Command, Nanos, SCHEMA_HASH, SessionId};
use tempfile::TempDir;

pub use self::core::FakeCore;

const KIND: u16 = 2;
const EPOCH: u64 = 77;
pub const SECRET_HEX: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

/// Where everything is.
pub struct Place {
    root: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Place { root: tempfile::tempdir().expect("a directory") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A gateway for `sessions` sessions that finds the core here.
    pub fn config(&self, sessions: u32) -> Config {
        let key = self.path("key");
        fs::write(&key, SECRET_HEX).expect("written");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("mode set");
        let file = |id| KeyFile {
            session: SessionId(id),
            access_key_id: format!("key-{id}"),
            path: key.clone(),
        };
        let mut config = Config::new(self.path("core.sock"));
        config.wait = Wait::Yield;
        config.keys = (1..=sessions).map(file).collect();
        config
    }
}

/// What a core may be told while it runs.
#[derive(Default)]
struct Controls {
    stop: AtomicBool,
    /// It takes nothing from its rings.
    stalled: AtomicBool,
    /// Last command that counts as being on disk; all ones for whatever is published.
    durable: AtomicU64,
    /// Commands applied.
    applied: AtomicU64,
}

/// Settings of a core.
#[derive(Clone, Copy)]
pub struct CoreOptions {
    pub ring_lines: usize,
    pub power: bool,
}

impl Default for CoreOptions {
    fn default() -> Self {
        CoreOptions { ring_lines: 1_024, power: false }
    }
}

/// The thread.
pub struct CoreThread {
    controls: Arc<Controls>,
    thread: Option<JoinHandle<FakeCore>>,
}

impl CoreThread {
    pub fn start(place: &Place, fake: FakeCore, options: CoreOptions) -> Self {
        let controls = Arc::new(Controls::default());
        controls.durable.store(u64::MAX, Ordering::SeqCst);
        let (ready, is_ready): (Sender<()>, Receiver<()>) = channel();
        let inside = Arc::clone(&controls);
        let root = place.root.path().to_owned();
        let thread = thread::spawn(move || {
            let mut core = RunningCore::open(&root, fake, options, inside);
            ready.send(()).expect("somebody waits");
            core.run();
            core.fake
        });
        is_ready.recv().expect("the core opens");
        CoreThread { controls, thread: Some(thread) }
    }

    pub fn stall(&self, stalled: bool) {
        self.controls.stalled.store(stalled, Ordering::SeqCst);
    }

    pub fn durable(&self, seq: u64) {
        self.controls.durable.store(seq, Ordering::SeqCst);
    }

    /// Waits until the core has applied `count` commands.
    pub fn applied(&self, count: u64) {
        while self.controls.applied.load(Ordering::SeqCst) < count {
            thread::yield_now();
        }
    }

    /// Dies: its sockets close, its log stays, what it knows is recovered.
    pub fn die(mut self) -> FakeCore {
        self.controls.stop.store(true, Ordering::SeqCst);
        let thread = self.thread.take().expect("it runs");
        let mut fake = thread.join().expect("it ends in order");
        fake.unbind_all();
        fake
    }
}

impl Drop for CoreThread {
    fn drop(&mut self) {
        self.controls.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _fake = thread.join();
        }
    }
}

struct Gateway {
    peer: Peer,
    ring: Option<Consumer>,
}

struct RunningCore {
    fake: FakeCore,
    options: CoreOptions,
    controls: Arc<Controls>,
    listener: Listener,
    status: Status,
    writer: Writer,
    drain: Option<Drain>,
    gateways: Vec<Gateway>,
    text: String,
    inputs: u64,
}

impl RunningCore {
    fn open(root: &Path, fake: FakeCore, options: CoreOptions, controls: Arc<Controls>) -> Self {
        let (dir, hot_dir) = (root.join("events"), root.join("hot"));
        let mut log_options = Options::new(&dir, &hot_dir, KIND);
        // Small, so that segments leave memory while they are read.
        log_options.segment_len = 64 << 10;
        log_options.schema_hash = SCHEMA_HASH;
        let log = pinion_journal::open(log_options).expect("an event log");
        assert_eq!(log.writer.next_seq(), fake.log.len() as u64 + 1, "the log is the fake's");
        let status = Status::create(SCHEMA_HASH, EPOCH).expect("a status region");
        let inputs = fake.log.last().map_or(0, |logged| logged.cause.0);
        status.publish(inputs, fake.log.len() as u64);
        status.set_state(State::Live, 0);
        RunningCore {
            fake,
            options,
            controls,
            listener: Listener::bind(&root.join("core.sock")).expect("a socket"),
            status,
            writer: log.writer,
            drain: Some(log.drain),
            gateways: Vec::new(),
            text: format!("{}\n{}", dir.display(), hot_dir.display()),
            inputs,
        }
    }

    fn run(&mut self) {
        let mut command = Command::buffer();
        while !self.controls.stop.load(Ordering::SeqCst) {
            self.meet();
            if !self.controls.stalled.load(Ordering::SeqCst) {
                for index in 0..self.gateways.len() {
                    while self.take(index, &mut command) {
                        self.apply(&command);
                    }
                    if let Some(ring) = &mut self.gateways[index].ring {
                        ring.release();
                    }
                }
            }
            let durable = self.controls.durable.load(Ordering::SeqCst);
            self.status.publish_durable_input(durable.min(self.inputs));
            self.drain.as_mut().expect("open").step();
            thread::yield_now();
        }
    }

    fn take(&mut self, index: usize, command: &mut Command) -> bool {
        let Some(ring) = &mut self.gateways[index].ring else { return false };
        let Some(words) = ring.poll(command.words_mut()).expect("an honest gateway") else {
            return false;
        };
        assert!(command.is_well_formed(words * 8));
        true
    }

    fn apply(&mut self, command: &Command) {
        self.inputs += 1;
        let now = Nanos(1_000 + self.inputs);
        for logged in self.fake.apply(command, now) {
            let words = logged.event.words();
            while self.writer.append(logged.time.0, self.inputs, words).is_err() {
                self.drain.as_mut().expect("open").step();
            }
        }
        self.status.publish(self.inputs, self.fake.log.len() as u64);
        self.controls.applied.store(self.inputs, Ordering::SeqCst);
    }

    /// Takes in gateways that come, forgets those that go.
    fn meet(&mut self) {
        while let Some(peer) = self.listener.accept().expect("a listener") {
            self.gateways.push(Gateway { peer, ring: None });
        }
        for gateway in &mut self.gateways {
            if gateway.ring.is_some() {
                continue;
            }
            let Ok(Some(request)) = gateway.peer.request() else { continue };
            assert_eq!((request.role, request.number, request.layout), (1, 0, SCHEMA_HASH));
            self.fake.unbind_all();
            let lines = self.options.ring_lines;
            let channel = pinion_ipc::create(lines, SCHEMA_HASH, EPOCH).expect("a ring");
            let durability = if self.options.power { 2 } else { 1 };
            let reply = Reply {
                code: 0,
                numbers: [2, EPOCH, u64::from(KIND), durability, 0],
                text: self.text.clone(),
            };
            let fds = [channel.ring.as_fd(), channel.head.as_fd(), self.status.as_fd()];
            gateway.peer.reply(&reply, &fds).expect("answered");
            gateway.ring = Some(channel.consumer);
        }
    }
}

/// A gateway in a thread.
pub struct GatewayThread {
    pub address: std::net::SocketAddr,
    pub counters: Arc<Counters>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl GatewayThread {
    pub fn start(config: Config) -> Self {
        let server = Server::bind(config).expect("a gateway");
        let (address, counters) = (server.address(), server.counters());
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let thread = thread::spawn(move || server.run(&stopping).expect("it runs to its end"));
        GatewayThread { address, counters, stop, thread: Some(thread) }
    }

    /// Waits until the gateway has attached a core for the `count`th time.
    pub fn attached(&self, count: u64) {
        while self.counters.attached.get() < count {
            thread::yield_now();
        }
    }

    /// Waits until the gateway has lost its core for the `count`th time.
    pub fn core_lost(&self, count: u64) {
        while self.counters.core_lost.get() < count {
            thread::yield_now();
        }
    }

    pub fn begin_stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    pub fn stop(mut self) {
        self.begin_stop();
        self.thread.take().expect("it runs").join().expect("it ends in order");
    }
}

impl Drop for GatewayThread {
    fn drop(&mut self) {
        self.begin_stop();
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
