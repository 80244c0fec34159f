//! The one thread that serves every socket.
//!
//! It goes round: attach, accept, read, hand commands to the core (shown to it once a turn), take
//! events, resend, look at deadlines, write (once a connection and turn). Every step is bounded, so
//! nobody waits for somebody else's burst. Where the ring has no room, sockets are left unread
//! until it has: the peer's TCP waits, nothing is dropped.

mod clock;

mod connection;

mod timers;

mod door;

mod reading;

mod writing;

mod events;

mod venue;

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use pinion_types::SessionId;
use slab::Slab;

use crate::access::Access;
use crate::attach::Attacher;
use crate::config::{Config, Durability, SessionLimits, Wait};
use crate::counters::Counters;
use crate::keys::{self, Keys};
use crate::link::Core;
use crate::outbox::Outbox;
use crate::replay::Replays;
use crate::session::{Context, Input};
use crate::time::{Now, Tick};
use clock::Clock;
use connection::Connection;
use timers::Timers;

const LISTENER: Token = Token(usize::MAX);
const LINK: Token = Token(usize::MAX - 1);

/// Longest block while nothing is outstanding, in yield mode.
const BLOCK_MAX: Duration = Duration::from_millis(1);

/// How long a turn must have found nothing to do before the thread blocks, in ns.
const IDLE_NS: u64 = 100_000;

/// How often the gateway shows that it is alive, in ms.
const BEAT_MS: u32 = 1;

/// Time for the last bytes of a graceful stop, beyond what each session has, in ms.
const STOP_MARGIN_MS: u32 = 500;

/// Readiness events taken in one turn.
const READY_MAX: usize = 1_024;

/// Why a gateway cannot run.
#[derive(Debug)]
pub enum Error {
    /// The keys.
    Keys(keys::Error),
    /// The port, or the system.
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Keys(error) => write!(f, "{error}"),
            Error::Io { doing, source } => write!(f, "{doing}: {source}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<keys::Error> for Error {
    fn from(error: keys::Error) -> Self {
        Error::Keys(error)
    }
}

/// What every session is shown of the gateway.
#[derive(Debug)]
struct World {
    limits: SessionLimits,
    keys: Keys,
    counters: Arc<Counters>,
    core_ready: bool,
    durability: Durability,
}

impl World {
    fn context(&self) -> Context<'_> {
        Context {
            limits: &self.limits,
            keys: &self.keys,
            counters: &self.counters,
            core_ready: self.core_ready,
            durability: self.durability,
        }
    }
}

/// A gateway.
#[derive(Debug)]
pub struct Server {
    config: Config,
    world: World,
    access: Access,
    clock: Clock,
    poll: Poll,
    listener: Option<TcpListener>,
    address: SocketAddr,
    /// Connections may wait in the listener.
    knocking: bool,
    accept_again_at: Tick,

    connections: Slab<Connection>,
    by_id: HashMap<u32, usize>,
    routes: HashMap<SessionId, usize>,
    next_id: u32,
    timers: Timers,
    readable: VecDeque<usize>,
    stalled: VecDeque<usize>,
    dirty: Vec<usize>,

    attacher: Attacher,
    core: Option<Core>,
    outbox: Option<Outbox>,
    replays: Replays,
    beat_at: Tick,
    look_at: Tick,

    /// The last turn that found something to do.
    busy_at: Tick,
    stop_at: Option<Tick>,
}

impl Server {
    /// Reads the keys, binds the port and begins to look for the core.
    ///
    /// # Errors
    /// [`Error`].
    pub fn bind(config: Config) -> Result<Self, Error> {
        let failed = |doing| move |source| Error::Io { doing, source };
        let keys = Keys::load(&config.keys)?;
        let counters = Arc::new(Counters::default());
        let poll = Poll::new().map_err(failed("make a poll"))?;
        let mut listener = TcpListener::bind(config.listen).map_err(failed("bind the port"))?;
        let address = listener.local_addr().map_err(failed("read the port"))?;
        poll.registry()
            .register(&mut listener, LISTENER, Interest::READABLE)
            .map_err(failed("watch the port"))?;
        let attacher =
            Attacher::start(&config, &counters).map_err(failed("start the attaching thread"))?;
        attacher.want(None);
        let clock = Clock::start();
        let first = clock.now().utc.0 / 1_000;
        Ok(Server {
            world: World {
                limits: config.session,
                keys,
                counters,
                core_ready: false,
                durability: Durability::default(),
            },
            access: Access::new(config.access),
            clock,
            poll,
            listener: Some(listener),
            address,
            knocking: false,
            accept_again_at: Tick(0),
            connections: Slab::new(),
            by_id: HashMap::new(),
            routes: HashMap::new(),
            // Ids of another run must not come again soon: the log still holds answers to them.
            next_id: u32::try_from(first & u64::from(u32::MAX)).unwrap_or(1),
            timers: Timers::default(),
            readable: VecDeque::new(),
            stalled: VecDeque::new(),
            dirty: Vec::new(),
            attacher,
            core: None,
            outbox: None,
            replays: Replays::new(config.turn.replays_max),
            beat_at: Tick(0),
            look_at: Tick(0),
            busy_at: Tick(0),
            stop_at: None,
            config,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it counts, for whoever shows it.
    #[must_use]
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.world.counters)
    }

    /// [`Server::bind`] and [`Server::run`].
    ///
    /// # Errors
    /// [`Error`].
    pub fn serve(config: Config, stop: &AtomicBool) -> Result<(), Error> {
        Server::bind(config)?.run(stop)
    }

    /// Serves until `stop` is set, then says goodbye to every session and returns.
    ///
    /// # Errors
    /// [`Error::Io`] where the system does not let it wait for sockets any more.
    pub fn run(mut self, stop: &AtomicBool) -> Result<(), Error> {
        self.stay_on_cpu();
        let mut ready = Events::with_capacity(READY_MAX);
        let mut last = self.clock.now().tick;
        loop {
            // Relaxed: the flag carries nothing but itself.
            if self.stop_at.is_none() && stop.load(Ordering::Relaxed) {
                self.begin_stop();
            }
            let timeout = self.timeout(last);
            match self.poll.poll(&mut ready, Some(timeout)) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { doing: "wait for sockets", source }),
            }
            let now = self.clock.now();
            last = now.tick;
            let busy = self.turn(now, &ready);
            if busy {
                self.busy_at = now.tick;
            } else if self.config.wait == Wait::Yield && timeout.is_zero() {
                thread::yield_now();
            }
            if self.has_stopped(now) {
                if let Some(core) = &self.core {
                    core.leave();
                }
                tracing::info!(left = self.connections.len(), "gateway stopped");
                return Ok(());
            }
        }
    }

    /// Goes round once; true where anything was done.
    fn turn(&mut self, now: Now, ready: &Events) -> bool {
        let mut busy = !ready.is_empty();
        self.note_ready(ready, now);
        busy |= self.meet_core(now);
        busy |= self.accept(now);
        busy |= self.resume_stalled(now);
        busy |= self.read(now);
        self.publish();
        busy |= self.take_events(now);
        busy |= self.replay(now);
        busy |= self.expire(now);
        busy |= self.write(now);
        self.publish();
        busy
    }

    /// How long to wait for sockets: not at all while anything is outstanding.
    fn timeout(&self, now: Tick) -> Duration {
        let idle = now.since(self.busy_at) >= IDLE_NS;
        let waits = !self.readable.is_empty()
            || !self.stalled.is_empty()
            || !self.dirty.is_empty()
            || !self.replays.is_empty();
        if self.config.wait == Wait::Spin || waits || !idle || self.is_owed() {
            return Duration::ZERO;
        }
        BLOCK_MAX
    }

    /// True while the core owes answers, or the log holds some that were not taken.
    fn is_owed(&self) -> bool {
        let (Some(core), Some(outbox)) = (&self.core, &self.outbox) else { return false };
        core.owes() || outbox.is_behind(&core.gate())
    }

    fn note_ready(&mut self, ready: &Events, now: Now) {
        for event in ready {
            match event.token() {
                LISTENER => self.knocking = true,
                LINK => self.check_link(now),
                Token(key) => {
                    let Some(connection) = self.connections.get_mut(key) else { continue };
                    connection.writable |= event.is_writable();
                    connection.read_closed |= event.is_read_closed() || event.is_error();
                    let readable = event.is_readable() || connection.read_closed;
                    connection.readable |= readable;
                    if !connection.session.unsent().is_empty() {
                        self.mark_dirty(key);
                    }
                    if readable {
                        self.mark_readable(key);
                    }
                }
            }
        }
    }

    /// Tells a connection's session something and does what it says.
    fn input(&mut self, key: usize, now: Now, input: Input<'_>) {
        if let Some(connection) = self.connections.get_mut(key) {
            connection.session.handle_input(&self.world.context(), now, input);
            self.drain(key, now);
        }
    }

    /// Does what is due.
    fn expire(&mut self, now: Now) -> bool {
        let mut busy = false;
        while let Some((due, id)) = self.timers.pop_due(now.tick) {
            let Some(&key) = self.by_id.get(&id) else { continue };
            let Some(connection) = self.connections.get_mut(key) else { continue };
            if connection.timer_at != due {
                continue;
            }
            connection.timer_at = Tick::NEVER;
            if connection.wait <= now.tick {
                connection.wait = Tick::NEVER;
                self.input(key, now, Input::Timeout);
                busy = true;
            } else {
                self.schedule(key);
            }
        }
        busy
    }

    /// Sees to it that the connection is asked when it wants to be.
    fn schedule(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if connection.wait < connection.timer_at {
            connection.timer_at = connection.wait;
            self.timers.push(connection.wait, connection.session.connection().0);
        }
    }

    fn begin_stop(&mut self) {
        let now = self.clock.now();
        tracing::info!(connections = self.connections.len(), "gateway stops");
        let patience = self.world.limits.linger_timeout_ms.saturating_add(STOP_MARGIN_MS);
        self.stop_at = Some(now.tick.after_ms(patience));
        if let Some(mut listener) = self.listener.take() {
            // It is dropped anyway, which takes it out of the poll as well.
            let _gone = self.poll.registry().deregister(&mut listener);
        }
        for key in self.keys() {
            self.input(key, now, Input::Shutdown);
        }
    }

    fn has_stopped(&self, now: Now) -> bool {
        let idle = self.connections.is_empty() && !self.core.as_ref().is_some_and(Core::is_parked);
        self.stop_at.is_some_and(|at| idle || now.tick >= at)
    }

    fn keys(&self) -> Vec<usize> {
        self.connections.iter().map(|(key, _)| key).collect()
    }

    fn stay_on_cpu(&self) {
        let Some(id) = self.config.cpu else { return };
        if !core_affinity::set_for_current(core_affinity::CoreId { id }) {
            tracing::warn!(cpu = id, "cannot stay on this processor; the scheduler decides");
        }
    }
}
