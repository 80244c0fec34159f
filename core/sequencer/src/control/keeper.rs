//! The control thread.
//!
//! A process that connects to the core's socket says what it is and gets:
//!
//! ```text
//! gateway   numbers: source | epoch | kind of the event log | 1 process, 2 power | 0
//!           text:    directory of the event log, newline, its hot directory
//!           descriptors: ring (to write), its head, status (both to read)
//! observer  numbers: 0 | epoch | kind of the event log | 1 process, 2 power | 0
//!           text:    as above
//!           descriptors: status
//! refused   code, and the reason as text
//! ```

use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use pinion_ipc::Status;
use pinion_ipc::handover::{Listener, Peer, Reply, Request as Hello};
use pinion_types::{Nanos, SCHEMA_HASH, SourceId};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use super::peers::{Happened, Peers, Stage};
use super::watch::Watch;
use crate::config::{Durability, LogPlace};
use crate::day::Days;
use crate::error::Error;
use crate::hot::{Notice, Request};
use crate::process::pin;
use crate::{EVENT_KIND, ROLE_GATEWAY, ROLE_OBSERVER, SOURCE_GATEWAYS};

/// How often the hot thread's notices are looked at: it cannot wake anybody.
const LOOK: Duration = Duration::from_millis(20);

/// Why a process gets nothing, in replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
enum Refusal {
    /// The core is not live; try again.
    NotReady = 1,
    /// A gateway of that number is attached, or its ring is not given back yet; try again.
    Taken = 2,
    /// A number the core is not configured for.
    Number = 3,
    /// A role the core does not know.
    Role = 4,
    /// It was built with other layouts.
    Layout = 5,
    /// The core has no memory, or too many observers.
    Resources = 6,
}

impl Refusal {
    const fn text(self) -> &'static str {
        match self {
            Refusal::NotReady => "the core is not live yet, or not any more",
            Refusal::Taken => "a gateway of this number is attached",
            Refusal::Number => "the core is not configured for a gateway of this number",
            Refusal::Role => "unknown role",
            Refusal::Layout => "commands and events have other layouts here",
            Refusal::Resources => "the core cannot serve another one",
        }
    }
}

/// What the thread is told when it begins.
pub(crate) struct KeeperPlan {
    pub listener: Listener,
    pub status: Status,
    pub epoch: u64,
    pub events: LogPlace,
    pub durability: Durability,
    pub gateways_max: u16,
    pub ring_lines: usize,
    pub pin: Option<usize>,
}

/// The line to the hot thread, once there is one.
pub(crate) struct HotLine {
    pub requests: rtrb::Producer<Request>,
    pub notices: rtrb::Consumer<Notice>,
    pub days: Box<dyn Days>,
    /// What the two logs' own threads say.
    pub logs: Vec<(&'static str, pinion_journal::Status)>,
}

/// What the rest of the core holds of the thread.
pub(crate) struct KeeperHandle {
    stop: Arc<AtomicBool>,
    wake: Arc<OwnedFd>,
    lines: mpsc::Sender<HotLine>,
    thread: Option<JoinHandle<Farewell>>,
}

/// What the thread leaves behind. Its connections close when this is dropped.
pub(crate) struct Farewell {
    /// Its line, where it had one.
    pub line: Option<HotLine>,
    _peers: Peers,
}

impl KeeperHandle {
    /// Gives the thread its line; from then on gateways are served.
    pub fn connect(&self, line: HotLine) {
        // The thread ends after this handle only, so somebody receives.
        let _received = self.lines.send(line);
        self.rouse();
    }

    /// Ends the thread; gives back its line, and the connections of those who still read.
    pub fn stop(&mut self) -> Option<Farewell> {
        self.stop.store(true, Ordering::Release);
        self.rouse();
        self.thread.take().and_then(|thread| thread.join().ok())
    }

    fn rouse(&self) {
        // A counter that is full wakes as well.
        let _woken = rustix::io::write(&*self.wake, &1_u64.to_ne_bytes());
    }
}

impl Drop for KeeperHandle {
    fn drop(&mut self) {
        drop(self.stop());
    }
}

/// The control thread's state.
pub(crate) struct Keeper {
    plan: KeeperPlan,
    peers: Peers,
    watch: Watch,
    line: Option<HotLine>,
    /// Requests the hot thread had no room for yet.
    waiting: Vec<Request>,
    stop: Arc<AtomicBool>,
    wake: Arc<OwnedFd>,
    lines: mpsc::Receiver<HotLine>,
}

impl Keeper {
    /// Starts the thread.
    pub fn start(plan: KeeperPlan) -> Result<KeeperHandle, Error> {
        let flags = EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK;
        let wake = eventfd(0, flags).map_err(|errno| Error::system("make an event")(errno.into()));
        let wake = Arc::new(wake?);
        let stop = Arc::new(AtomicBool::new(false));
        let (sender, lines) = mpsc::channel();
        let keeper = Keeper {
            plan,
            peers: Peers::default(),
            watch: Watch::default(),
            line: None,
            waiting: Vec::new(),
            stop: Arc::clone(&stop),
            wake: Arc::clone(&wake),
            lines,
        };
        let thread = std::thread::Builder::new()
            .name("pinion-control".to_owned())
            .spawn(move || {
                pin(keeper.plan.pin, "control");
                keeper.run()
            })
            .map_err(Error::system("start the control thread"))?;
        Ok(KeeperHandle { stop, wake, lines: sender, thread: Some(thread) })
    }

    fn run(mut self) -> Farewell {
        while !self.stop.load(Ordering::Acquire) {
            self.wait();
            if let Ok(line) = self.lines.try_recv() {
                self.line = Some(line);
            }
            self.hear();
            self.accept();
            for (index, happened) in self.peers.look() {
                match happened {
                    Happened::Asked(hello) => self.answer(index, &hello),
                    Happened::Left(source, why) => {
                        match why {
                            None => tracing::info!(source = source.0, "gateway took its leave"),
                            Some(why) => {
                                tracing::warn!(source = source.0, %why, "gateway is gone");
                            }
                        }
                        self.ask(Request::Detach { source });
                    }
                }
            }
            self.flush();
            let logs = self.line.as_ref().map_or(&[][..], |line| &line.logs);
            self.watch.look(&self.plan.status.view(), logs);
        }
        // It may have come in the very moment of the end.
        let line = self.line.take().or_else(|| self.lines.try_recv().ok());
        Farewell { line, _peers: self.peers }
    }

    /// Waits for anything to happen at a socket, and not longer than notices may wait.
    fn wait(&self) {
        let fds = [self.plan.listener.as_fd(), self.wake.as_fd()];
        let mut fds: Vec<PollFd<'_>> = fds
            .into_iter()
            .chain(self.peers.fds())
            .map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN))
            .collect();
        let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(LOOK.subsec_nanos()) };
        // Interrupted or not: everything is looked at.
        let _ready = poll(&mut fds, Some(&timeout));
        drop(fds);
        let mut count = [0; 8];
        // Empty where nobody woke us.
        let _read = rustix::io::read(&*self.wake, &mut count);
    }

    /// What the hot thread says.
    fn hear(&mut self) {
        let Some(line) = &mut self.line else { return };
        let mut next = None;
        while let Ok(notice) = line.notices.pop() {
            match notice {
                Notice::Retired { source, ring, is_corrupt } => {
                    // Unmapped here, where it may cost what it costs.
                    drop(ring);
                    if is_corrupt {
                        tracing::error!(source = source.0, "ring broken by its producer: closed");
                    } else {
                        tracing::info!(source = source.0, "ring closed");
                    }
                    self.peers.retire(source);
                }
                Notice::DayBegan { day, now } => {
                    let now = now.max(Nanos(crate::clock::system_now()));
                    let (_, begins) = line.days.at(now);
                    let following = line.days.at(begins).0.max(day + 1);
                    tracing::info!(day, following, begins = begins.0, "trading day began");
                    next = Some(Request::NextDay { day: following, begins });
                }
            }
        }
        if let Some(request) = next {
            self.ask(request);
        }
    }

    fn accept(&mut self) {
        loop {
            match self.plan.listener.accept() {
                Ok(Some(peer)) => self.peers.add(peer),
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!(%error, "connection refused");
                    if !matches!(error, pinion_ipc::Error::Stranger { .. }) {
                        return;
                    }
                }
            }
        }
    }

    fn answer(&mut self, index: usize, hello: &Hello) {
        let Some(peer) = self.peers.peer(index) else { return };
        let pid = peer.pid();
        let stage = match self.grant(peer, hello) {
            Ok((stage, request)) => {
                if let Some(request) = request {
                    self.ask(request);
                }
                tracing::info!(pid, role = hello.role, number = hello.number, "attached");
                Some(stage)
            }
            Err(refusal) => {
                tracing::warn!(
                    pid,
                    role = hello.role,
                    number = hello.number,
                    why = refusal.text(),
                    "refused"
                );
                let code = refusal as u32;
                let reply = Reply { code, text: refusal.text().to_owned(), ..Reply::default() };
                // Whoever does not wait for the answer does not need it.
                let _sent = peer.reply(&reply, &[]);
                None
            }
        };
        match stage {
            Some(stage) => self.peers.set(index, stage),
            None => self.peers.close(index),
        }
    }

    /// Gives the peer what it asks for.
    fn grant(&self, peer: &Peer, hello: &Hello) -> Result<(Stage, Option<Request>), Refusal> {
        if hello.layout != SCHEMA_HASH {
            return Err(Refusal::Layout);
        }
        let place = &self.plan.events;
        let text = format!("{}\n{}", place.dir.display(), place.hot_dir.display());
        let durability = self.plan.durability.code();
        let reply = |source: SourceId| Reply {
            code: 0,
            numbers: [u64::from(source.0), self.plan.epoch, u64::from(EVENT_KIND), durability, 0],
            text: text.clone(),
        };
        let failed = |error: pinion_ipc::Error| {
            tracing::warn!(%error, "cannot attach");
            Refusal::Resources
        };
        match hello.role {
            ROLE_OBSERVER if self.peers.is_crowded() => Err(Refusal::Resources),
            ROLE_OBSERVER => {
                let fds = [self.plan.status.as_fd()];
                peer.reply(&reply(SourceId(0)), &fds).map_err(failed)?;
                Ok((Stage::Observer, None))
            }
            ROLE_GATEWAY => {
                let source = self.source_of(hello.number)?;
                let lines = self.plan.ring_lines;
                let channel =
                    pinion_ipc::create(lines, SCHEMA_HASH, self.plan.epoch).map_err(failed)?;
                let fds = [channel.ring.as_fd(), channel.head.as_fd(), self.plan.status.as_fd()];
                peer.reply(&reply(source), &fds).map_err(failed)?;
                let attach = Request::Attach { source, pid: peer.pid(), ring: channel.consumer };
                Ok((Stage::Attached(source), Some(attach)))
            }
            _ => Err(Refusal::Role),
        }
    }

    fn source_of(&self, number: u32) -> Result<SourceId, Refusal> {
        let number = u16::try_from(number).ok().filter(|&it| it < self.plan.gateways_max);
        let source = SourceId(number.ok_or(Refusal::Number)? + SOURCE_GATEWAYS.0);
        let is_live = matches!(self.plan.status.view().state(), Some((pinion_ipc::State::Live, _)));
        if self.line.is_none() || !is_live {
            return Err(Refusal::NotReady);
        }
        if self.peers.has(source) { Err(Refusal::Taken) } else { Ok(source) }
    }

    fn ask(&mut self, request: Request) {
        self.waiting.push(request);
    }

    /// Passes requests on, in order, as far as there is room.
    fn flush(&mut self) {
        let Some(line) = &mut self.line else { return };
        let room = line.requests.slots().min(self.waiting.len());
        for request in self.waiting.drain(..room) {
            // There is room: nobody else writes here.
            let _pushed = line.requests.push(request);
        }
    }
}
