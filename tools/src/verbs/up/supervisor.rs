//! Keeps core and gateway running, and ends them in order.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::child::{Child, End, Role};
use crate::failure::Failure;
use crate::print::Printer;

/// The command lines of the children.
#[derive(Debug)]
pub(super) struct Plan {
    pub core: Vec<OsString>,
    pub gateway: Vec<OsString>,
    /// Their logs tell of warnings only, unless somebody asked for more.
    pub is_quiet: bool,
}

/// Something the supervisor has to know.
#[derive(Debug)]
pub(super) enum Note {
    /// The user wants it to end.
    Stop,
    /// A child printed a line.
    Line(Role, String),
    /// A child ended; `None` where nobody could learn how.
    Gone(Role, Option<End>),
}

/// First and longest wait before a crashed child is begun again.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A child that ran this long begins with the first wait again.
const STEADY: Duration = Duration::from_secs(30);

/// Crashes in a row, none of them after a steady run, at which the supervisor gives up.
const CRASHES_MAX: u32 = 10;

/// Time for a child to end by itself: goodbyes and the last writes.
const GOODBYE: Duration = Duration::from_secs(30);

/// A wish to end that follows the first within this time is the same wish, told twice.
const SAME_WISH: Duration = Duration::from_secs(1);

/// One child and its history.
#[derive(Debug)]
struct Post {
    role: Role,
    arguments: Vec<OsString>,
    is_quiet: bool,
    child: Option<Child>,
    since: Instant,
    crashes: u32,
    /// When to begin it again.
    due: Option<Instant>,
}

impl Post {
    fn new(role: Role, arguments: Vec<OsString>, is_quiet: bool) -> Self {
        let since = Instant::now();
        Post { role, arguments, is_quiet, child: None, since, crashes: 0, due: None }
    }

    /// Its process id; 0 where it does not run.
    fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, |child| child.pid)
    }

    fn begin(&mut self, notes: &Sender<Note>) -> Result<(), Failure> {
        self.due = None;
        self.since = Instant::now();
        self.child = Some(Child::begin(self.role, &self.arguments, self.is_quiet, notes)?);
        Ok(())
    }
}

/// Core, gateway and what they tell.
#[derive(Debug)]
pub(super) struct Supervisor<'a> {
    core: Post,
    gateway: Post,
    notes: Receiver<Note>,
    sender: Sender<Note>,
    printer: &'a Printer,
    opened: bool,
}

impl<'a> Supervisor<'a> {
    /// Listens for Ctrl-C and SIGTERM from now on.
    pub fn new(plan: Plan, printer: &'a Printer) -> Result<Self, Failure> {
        let (sender, notes) = channel();
        let mut signals = Signals::new([SIGINT, SIGTERM])
            .map_err(Failure::system("cannot listen for signals"))?;
        let stop = sender.clone();
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for _ in signals.forever() {
                    if stop.send(Note::Stop).is_err() {
                        break;
                    }
                }
            })
            .map_err(Failure::system("cannot listen for signals"))?;
        Ok(Supervisor {
            core: Post::new(Role::Core, plan.core, plan.is_quiet),
            gateway: Post::new(Role::Gateway, plan.gateway, plan.is_quiet),
            notes,
            sender,
            printer,
            opened: false,
        })
    }

    /// Runs until told to stop, or until a child cannot be helped. `opened` is called once, with
    /// the address of order entry and the process ids of core and gateway, when the venue takes
    /// orders.
    pub fn run(
        &mut self,
        opened: impl Fn(SocketAddr, [u32; 2]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let done = self.serve(opened);
        // Whatever happened, nobody is left behind: first the goodbyes, then the last writes.
        self.end(Role::Gateway);
        self.end(Role::Core);
        if done.is_ok() {
            self.printer.line("stopped")?;
        }
        done
    }

    fn serve(
        &mut self,
        opened: impl Fn(SocketAddr, [u32; 2]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        self.core.begin(&self.sender)?;
        loop {
            match self.next_note()? {
                None => self.begin_due()?,
                Some(Note::Stop) => return Ok(()),
                Some(Note::Line(role, line)) => self.heard(role, &line, &opened)?,
                Some(Note::Gone(role, end)) => self.crashed(role, end)?,
            }
        }
    }

    fn post(&mut self, role: Role) -> &mut Post {
        match role {
            Role::Core => &mut self.core,
            Role::Gateway => &mut self.gateway,
        }
    }

    /// The next note; `None` where a child is due before one comes.
    fn next_note(&self) -> Result<Option<Note>, Failure> {
        let lost = || Failure::Usage("the supervisor lost its own channel".to_owned());
        let due = [self.core.due, self.gateway.due].into_iter().flatten().min();
        match due {
            None => self.notes.recv().map(Some).map_err(|_| lost()),
            Some(due) => {
                let wait = due.saturating_duration_since(Instant::now());
                match self.notes.recv_timeout(wait) {
                    Ok(note) => Ok(Some(note)),
                    Err(RecvTimeoutError::Timeout) => Ok(None),
                    Err(RecvTimeoutError::Disconnected) => Err(lost()),
                }
            }
        }
    }

    fn begin_due(&mut self) -> Result<(), Failure> {
        let now = Instant::now();
        let sender = self.sender.clone();
        for role in [Role::Core, Role::Gateway] {
            let post = self.post(role);
            if post.due.is_some_and(|due| due <= now) {
                post.begin(&sender)?;
            }
        }
        Ok(())
    }

    /// Takes a line of a child: ready, or something to pass on.
    fn heard(
        &mut self,
        role: Role,
        line: &str,
        opened: &impl Fn(SocketAddr, [u32; 2]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let value: Value = serde_json::from_str(line).unwrap_or(Value::Null);
        let is_ready = value["ready"] == role.name();
        if !is_ready {
            self.printer.note(format_args!("{}: {line}", role.name()));
            return Ok(());
        }
        match role {
            Role::Core if self.gateway.child.is_none() && self.gateway.due.is_none() => {
                self.gateway.begin(&self.sender)
            }
            Role::Gateway if !self.opened => {
                let address = value["order_entry"].as_str().and_then(|text| text.parse().ok());
                let Some(address): Option<SocketAddr> = address else {
                    return Err(Failure::Usage("the gateway does not say where it is".to_owned()));
                };
                self.opened = true;
                // One that comes back is found where clients knew it, whatever port it was given.
                self.gateway.arguments.extend(["--listen".into(), address.to_string().into()]);
                opened(address, [&self.core, &self.gateway].map(Post::pid))
            }
            Role::Core | Role::Gateway => {
                let pid = self.post(role).pid();
                let value = json!({ "back": role.name(), "pid": pid });
                self.printer.result(format_args!("the {} is back", role.name()), &value)
            }
        }
    }

    /// A child ended by itself: it is begun again later, unless that cannot help.
    fn crashed(&mut self, role: Role, end: Option<End>) -> Result<(), Failure> {
        let name = role.name();
        let post = self.post(role);
        post.child = None;
        let how = end.map_or("is gone".to_owned(), |end| end.to_string());
        // These say that another try would end the same way.
        match end {
            Some(End::Code(1)) => return Err(Failure::Usage(format!("the {name} {how}"))),
            Some(End::Code(2)) => return Err(Failure::Bad(format!("the {name} {how}"))),
            Some(End::Code(3)) => return Err(Failure::Diverged(format!("the {name} {how}"))),
            _ => {}
        }
        post.crashes = if post.since.elapsed() >= STEADY { 1 } else { post.crashes + 1 };
        if post.crashes > CRASHES_MAX {
            return Err(Failure::Bad(format!("the {name} {how}, {CRASHES_MAX} times in a row")));
        }
        let wait = BACKOFF.0.saturating_mul(1 << (post.crashes - 1)).min(BACKOFF.1);
        post.due = Some(Instant::now() + wait);
        self.printer.note(format_args!("the {name} {how}; it begins again in {wait:?}"));
        Ok(())
    }

    /// Tells a child to end and waits; a second Ctrl-C, or too long a wait, ends it at once.
    fn end(&mut self, role: Role) {
        let Some(child) = self.post(role).child.take() else { return };
        child.signal(Signal::TERM);
        let begun = Instant::now();
        let deadline = begun + GOODBYE;
        loop {
            match self.notes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Note::Gone(gone, _)) if gone == role => return,
                Ok(Note::Gone(other, _)) => self.post(other).child = None,
                Ok(Note::Line(..)) => {}
                Ok(Note::Stop) if begun.elapsed() < SAME_WISH => {}
                Ok(Note::Stop) | Err(_) => {
                    self.printer.note(format_args!("the {} is killed", role.name()));
                    child.signal(Signal::KILL);
                    // It cannot outlive that; its end is not waited for.
                    return;
                }
            }
        }
    }
}
