//! `pinion trade`: a client a person can type into.

mod line;

mod desk;

mod show;

mod json;

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use pinion_client::{Client, Error, Options};
use pinion_types::CancelOnDisconnect;
use pinion_wire::Outbound;

use self::desk::{Desk, Done};
use crate::access;
use crate::cli::{ConfigArgs, DataArg};
use crate::failure::Failure;
use crate::print::{Printer, unread};

/// Trade by typing: `buy 10 @ 100.05`, `cancel 1`, `orders`, `positions`, `help`.
///
/// Reads lines from a terminal, or from a pipe until its end. A lost connection cancels DAY orders;
/// quitting leaves them. From a pipe it exits with 4 where the venue refused something, and with 1
/// where a line could not be read.
#[derive(Debug, Args)]
#[command(after_help = "Example: echo 'buy 10 @ 100.05' | pinion trade --session 1")]
pub struct Trade {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    config: ConfigArgs,
    /// Session to log on as, by number or name.
    #[arg(long, default_value = "1")]
    session: String,
    /// Address of order entry; without it, that of the venue in the data directory.
    #[arg(long)]
    address: Option<SocketAddr>,
    /// Account to trade for, by number; without it, the session's first.
    #[arg(long)]
    account: Option<u32>,
    /// Instrument to trade, by symbol; without it, the first.
    #[arg(long)]
    instrument: Option<String>,
}

/// How long the venue may take to answer before it counts as gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one look for messages takes while a person types.
const LOOK: Duration = Duration::from_millis(20);

/// Lines read ahead of what is done.
const LINES_AHEAD: usize = 64;

impl Trade {
    pub(crate) fn run(self, printer: &Printer) -> Result<(), Failure> {
        let loaded = self.config.load(&self.data.data)?;
        let session = access::session(&loaded, &self.session)?;
        let address = access::address(self.address, &self.data.data, &loaded);
        let credentials = access::credentials(&loaded, &session)?;
        let options = Options {
            cod_type: Some(CancelOnDisconnect::OnDisconnect),
            app_name: "pinion-trade".to_owned(),
            ..Options::default()
        };
        let client = access::connect(address, credentials, options)?;
        let account = self.account.or_else(|| session.accounts.first().copied()).unwrap_or(0);
        let is_person = io::stdin().is_terminal() && !printer.is_json();
        let mut floor = Floor { client, desk: Desk::new(account), printer, is_person };
        floor.learn(self.instrument.as_deref())?;
        if is_person {
            let symbol = floor.desk.symbol_in_use();
            printer.line(format_args!(
                "session {} at {address}, {symbol}, account {account}; `help` shows what to type",
                session.name
            ))?;
        }
        let done = floor.work(&lines());
        floor.leave(done)
    }
}

/// Lines of the standard input as they come; the channel closes at the end.
fn lines() -> Receiver<String> {
    let (sender, receiver) = sync_channel(LINES_AHEAD);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

/// What the work came to.
#[derive(Debug, Default)]
struct Score {
    /// Lines that could not be read.
    unread: u64,
}

struct Floor<'a> {
    client: Client,
    desk: Desk,
    printer: &'a Printer,
    is_person: bool,
}

impl Floor<'_> {
    /// Asks for instruments and for orders of earlier, before the first line.
    fn learn(&mut self, instrument: Option<&str>) -> Result<(), Failure> {
        let asked = self.desk.ask_instruments(&mut self.client)?;
        self.wait(asked, false)?;
        self.desk.use_symbol(instrument)?;
        let asked = self.desk.ask_orders(&mut self.client)?;
        self.wait(asked, false)
    }

    /// Does what is typed until the end of it.
    fn work(&mut self, lines: &Receiver<String>) -> Result<Score, Failure> {
        let mut score = Score::default();
        self.prompt()?;
        loop {
            if self.desk.is_asking() {
                self.look(LOOK)?;
                continue;
            }
            match lines.try_recv() {
                Ok(line) => match self.desk.typed(&line, &mut self.client) {
                    Ok(Done::Quit) => break,
                    Ok(Done::Say(text)) => self.printer.line(text)?,
                    Ok(Done::Sent) => {}
                    Err(Failure::Usage(text)) => {
                        score.unread += 1;
                        self.printer.note(format_args!("! {text}"));
                    }
                    Err(other) => return Err(other),
                },
                Err(TryRecvError::Empty) => {
                    self.look(LOOK)?;
                    continue;
                }
                Err(TryRecvError::Disconnected) => break,
            }
            self.prompt()?;
        }
        // The answer to a last question stands behind everything that was asked before.
        let asked = self.desk.ask_orders(&mut self.client)?;
        self.wait(asked, true)?;
        Ok(score)
    }

    /// Takes what comes within `patience`; prints it.
    fn look(&mut self, patience: Duration) -> Result<bool, Failure> {
        match self.client.receive(patience) {
            Ok(Some(message)) => self.tell(&message, true).map(|()| true),
            Ok(None) => Ok(false),
            Err(error) => Err(lost(&error)),
        }
    }

    fn tell(&mut self, message: &Outbound, print: bool) -> Result<(), Failure> {
        let text = self.desk.heard(message);
        desk::ask_on(message, &mut self.client)?;
        if !print {
            return Ok(());
        }
        if self.printer.is_json() {
            return self.printer.result("", &json::value(message));
        }
        match text {
            // What comes by itself takes the place of the prompt, and the prompt comes after it.
            Some(text) if self.is_person => {
                self.printer.line(format_args!("\r{text}"))?;
                self.prompt()
            }
            Some(text) => self.printer.line(text),
            None => Ok(()),
        }
    }

    /// Waits for the answer to a question; what comes before it is printed where asked.
    fn wait(&mut self, request_id: u64, print: bool) -> Result<(), Failure> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match self.client.receive(LOOK) {
                Ok(None) => {}
                Ok(Some(message)) => {
                    let is_answer = desk::answers(&message, request_id);
                    self.tell(&message, print && is_answer.is_none())?;
                    if is_answer == Some(true) {
                        return Ok(());
                    }
                }
                Err(error) => return Err(lost(&error)),
            }
        }
        Err(Failure::Usage(format!("the venue did not answer within {PATIENCE:?}")))
    }

    fn prompt(&self) -> Result<(), Failure> {
        if !self.is_person {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        write!(out, "> ").and_then(|()| out.flush()).map_err(unread)
    }

    fn leave(mut self, done: Result<Score, Failure>) -> Result<(), Failure> {
        let score = done?;
        for message in self.client.terminate(PATIENCE).map_err(|error| lost(&error))? {
            self.tell(&message, true)?;
        }
        let refused = self.desk.refused();
        match (self.is_person, score.unread, refused) {
            (true, ..) | (_, 0, 0) => Ok(()),
            (false, 0, 1) => Err(Failure::Refused("the venue refused a request".to_owned())),
            (false, 0, count) => {
                Err(Failure::Refused(format!("the venue refused {count} requests")))
            }
            (false, 1, _) => Err(Failure::Usage("a line could not be read".to_owned())),
            (false, count, _) => Err(Failure::Usage(format!("{count} lines could not be read"))),
        }
    }
}

fn lost(error: &Error) -> Failure {
    match error {
        Error::Ended(end) => Failure::Refused(format!("the session ended: {end}")),
        other => Failure::Usage(format!("the session ended: {other}")),
    }
}
