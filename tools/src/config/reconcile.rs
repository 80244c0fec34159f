//! What a changed configuration still has to tell a venue that exists.
//!
//! Compared is what the configuration says now with what it said last, command by command, so that
//! what an operator changed by hand since then stays as it is until the file is changed too.

use std::collections::BTreeMap;

use pinion_types::command::{InstrumentDef, TickBand};
use pinion_types::text::Chars;
use pinion_types::{Command, CommandKind, CommandRef, InstrumentId, Px, SessionId};

use super::commands::{ACTOR, REASON};
use super::sharing::Shares;

/// What the configuration said so far, gathered from the journal.
#[derive(Clone, Debug, Default)]
pub struct Reconciler {
    said: BTreeMap<Subject, Vec<u8>>,
    /// Bands of ticks by instrument: price and tick, in the order they were said.
    bands: Bands,
    /// Market makers' parts.
    shares: Shares,
}

/// Bands of ticks by instrument.
type Bands = BTreeMap<InstrumentId, Vec<(Px, Px)>>;

/// What a command of a configuration is about: kind, session, and ids within the kind.
type Subject = (u8, u32, u32, u32, u32);

impl Reconciler {
    /// Takes note of a journaled command.
    pub fn note(&mut self, command: &Command) {
        if let Some(CommandRef::TickBand(body)) = command.view() {
            note_band(&mut self.bands, body);
        }
        self.shares.note(command);
        if let Some(CommandRef::InstrumentDef(body)) = command.view()
            && let Some(said) = self.said_of(body.instrument)
        {
            // What the engine forgets is said again.
            if said.tick != body.tick {
                self.bands.remove(&body.instrument);
            }
            if said.lot != body.lot {
                self.said.remove(&allocation_of(body.instrument));
            }
        }
        if let Some(subject) = subject(command) {
            self.said.insert(subject, command.bytes().to_vec());
        }
    }

    /// True where the journal holds no genesis.
    #[must_use]
    pub fn is_new(&self) -> bool {
        !self.said.keys().any(|subject| subject.0 == CommandKind::Genesis.code())
    }

    /// Those of `wanted` that the venue was not told, and withdrawals of accounts that a session
    /// no longer has. Genesis and opening balances are told once and never again.
    #[must_use]
    pub fn missing(&self, wanted: &[Command]) -> Vec<Command> {
        let mut missing: Vec<Command> = Vec::new();
        let mut kept = Vec::new();
        let (mut instruments, mut again) = (Vec::new(), None);
        let mut bands = BTreeMap::new();
        let mut shares = Shares::default();
        for command in wanted {
            shares.note(command);
            if let Some(CommandRef::TickBand(body)) = command.view() {
                note_band(&mut bands, body);
            }
        }
        for command in wanted {
            let Some(subject) = subject(command) else { continue };
            kept.push(subject);
            let said = self.said.get(&subject);
            let once = matches!(command.kind(), Some(CommandKind::Genesis | CommandKind::CashMove));
            if said.is_none_or(|bytes| !once && !same(bytes, command)) || again == Some(subject) {
                missing.push(*command);
            }
            if let Some(CommandRef::InstrumentDef(body)) = command.view() {
                missing.extend(self.missing_bands(body, &bands));
                let forgets = self.said_of(body.instrument).is_some_and(|it| it.lot != body.lot);
                again = forgets.then(|| allocation_of(body.instrument));
                instruments.push(body.instrument);
            }
        }
        for instrument in instruments {
            missing.extend(self.shares.missing(instrument, &shares));
        }
        missing.extend(self.withdrawn(&kept));
        missing
    }

    /// Bands hold as a whole: where they differ, or the tick does, all are said again.
    fn missing_bands(&self, def: &InstrumentDef, wanted: &Bands) -> Vec<Command> {
        let none = Vec::new();
        let wanted = wanted.get(&def.instrument).unwrap_or(&none);
        let forgets = self.said_of(def.instrument).is_some_and(|said| said.tick != def.tick);
        let said = self.bands.get(&def.instrument).filter(|_| !forgets).unwrap_or(&none);
        if said == wanted {
            return Vec::new();
        }
        let removal = (Px(0), Px(0));
        let bands = (!said.is_empty()).then_some(&removal).into_iter().chain(wanted);
        bands
            .map(|&(from_px, tick)| {
                let body = TickBand {
                    instrument: def.instrument,
                    from_px,
                    tick,
                    actor: Chars::new(ACTOR),
                    reason: Chars::new(REASON),
                    ..TickBand::default()
                };
                Command::new(SessionId(0), 0, &body)
            })
            .collect()
    }

    /// The instrument as the configuration said it so far.
    fn said_of(&self, instrument: InstrumentId) -> Option<InstrumentDef> {
        let key = (CommandKind::InstrumentDef.code(), 0, instrument.0, 0, 0);
        let said = self.said.get(&key).and_then(|bytes| Command::from_bytes(bytes))?;
        let Some(CommandRef::InstrumentDef(body)) = said.view() else { return None };
        Some(*body)
    }

    /// Capacities and rules that are fixed at genesis and that `wanted` would have otherwise.
    #[must_use]
    pub fn fixed_differences(&self, wanted: &Command) -> Vec<String> {
        let said = self.said.iter().find(|(key, _)| key.0 == CommandKind::Genesis.code());
        let said = said.and_then(|(_, bytes)| Command::from_bytes(bytes));
        let (Some(said), Some(new)) = (said.as_ref().and_then(Command::view), wanted.view()) else {
            return Vec::new();
        };
        let mut values = Vec::new();
        new.body().fields(&mut |name, value| {
            values.push((name, pinion_types::text::Shown(value).to_string()));
        });
        let mut differences = Vec::new();
        let mut index = 0;
        said.body().fields(&mut |name, value| {
            let now = pinion_types::text::Shown(value).to_string();
            let own = matches!(name, "venue" | "seed" | "logic_version");
            if !own && values[index].1 != now {
                differences.push(format!("{name} is {now}, not {}", values[index].1));
            }
            index += 1;
        });
        differences
    }

    /// What the venue holds and `wanted` no longer names, and what is told once and reads otherwise
    /// now; a sentence each.
    #[must_use]
    pub fn leftovers(&self, wanted: &[Command]) -> Vec<String> {
        let wanted: BTreeMap<Subject, &Command> =
            wanted.iter().filter_map(|command| Some((subject(command)?, command))).collect();
        let left = self.said.iter().filter_map(|(subject, bytes)| {
            let said = Command::from_bytes(bytes)?;
            match (wanted.get(subject), said.view()?) {
                (None, view) => removed(view, said.header().session.0),
                (Some(now), CommandRef::CashMove(body)) if !same(bytes, now) => Some(format!(
                    "the opening balance of account {} in {} was booked when it was first told; \
                     another one in the configuration changes nothing",
                    body.account, body.currency
                )),
                (Some(_), _) => None,
            }
        });
        left.collect()
    }

    fn withdrawn(&self, kept: &[Subject]) -> Vec<Command> {
        let gone = self.said.iter().filter(|(subject, _)| !kept.contains(subject));
        gone.filter_map(|(_, bytes)| {
            let command = Command::from_bytes(bytes)?;
            let Some(CommandRef::SessionAccount(body)) = command.view() else { return None };
            let closed = pinion_types::command::SessionAccount { allowed: 0, ..*body };
            (body.allowed != 0).then(|| Command::new(command.header().session, 0, &closed))
        })
        .collect()
    }
}

/// What the algorithm of an instrument is noted as.
fn allocation_of(instrument: InstrumentId) -> Subject {
    (CommandKind::Allocation.code(), 0, instrument.0, 0, 0)
}

/// Takes note of a band a configuration said, or of the removal of all.
fn note_band(bands: &mut Bands, body: &TickBand) {
    if body.actor.as_str() != ACTOR {
        return;
    }
    let of = bands.entry(body.instrument).or_default();
    if body.tick.0 == 0 {
        of.clear();
    } else {
        of.push((body.from_px, body.tick));
    }
}

/// What stays of something that no configuration names anymore.
fn removed(said: CommandRef<'_>, session: u32) -> Option<String> {
    let what = match said {
        CommandRef::FirmDef(body) => format!("firm {}", body.firm),
        CommandRef::InstrumentDef(body) => format!("instrument {}", body.instrument),
        CommandRef::AccountDef(body) => format!("account {}", body.account),
        CommandRef::SessionDef(_) => {
            return Some(format!(
                "session {session} is no longer in the configuration: it has no account and no key \
                 from here on"
            ));
        }
        CommandRef::LimitsSet(body) => {
            let scope = body.scope.get().map_or("scope", pinion_types::Scope::name);
            let within = match body.instrument.0 {
                0 => String::new(),
                id => format!(" in instrument {id}"),
            };
            format!("what limits {scope} {}{within}", body.id)
        }
        CommandRef::AccountRisk(body) => format!("what account {} may lose", body.account),
        CommandRef::AccountPermission(body) => match body.instrument.0 {
            0 => format!("what account {} may trade", body.account),
            id => format!("what account {} may trade in instrument {id}", body.account),
        },
        _ => return None,
    };
    Some(format!(
        "{what} is no longer in the configuration, and stays in the venue as it was: nothing is \
         ever deleted; `pinion ctl kill` blocks"
    ))
}

/// True where both say the same, whoever produced them.
fn same(bytes: &[u8], command: &Command) -> bool {
    Command::from_bytes(bytes).is_some_and(|mut said| {
        said.set_header(command.header());
        said == *command
    })
}

/// What the command is about; `None` for what no configuration says, or an operator said.
fn subject(command: &Command) -> Option<Subject> {
    let session = command.header().session.0;
    let (by, a, b, c) = match command.view()? {
        CommandRef::Genesis(_) => (ACTOR, 0, 0, 0),
        CommandRef::FirmDef(body) => (body.actor.as_str(), body.firm.0, 0, 0),
        CommandRef::InstrumentDef(body) => (body.actor.as_str(), body.instrument.0, 0, 0),
        CommandRef::InstrumentRules(body) => (body.actor.as_str(), body.instrument.0, 0, 0),
        CommandRef::Allocation(body) => (body.actor.as_str(), body.instrument.0, 0, 0),
        CommandRef::Mark(body) => {
            (body.actor.as_str(), body.instrument.0, u32::from(body.kind.0), 0)
        }
        CommandRef::AccountDef(body) => (body.actor.as_str(), body.account.0, 0, 0),
        CommandRef::LimitsSet(body) => {
            (body.actor.as_str(), u32::from(body.scope.0), body.id, body.instrument.0)
        }
        CommandRef::CashMove(body) => {
            let currency = u32::from_le_bytes(body.currency.0);
            (body.actor.as_str(), body.account.0, currency, 0)
        }
        CommandRef::SessionDef(body) => (body.actor.as_str(), 0, 0, 0),
        CommandRef::AccountRisk(body) => (body.actor.as_str(), body.account.0, 0, 0),
        CommandRef::AccountPermission(body) => {
            (body.actor.as_str(), body.account.0, body.instrument.0, 0)
        }
        CommandRef::SessionAccount(body) => (body.actor.as_str(), body.account.0, 0, 0),
        _ => return None,
    };
    (by == ACTOR).then_some((command.header().kind, session, a, b, c))
}
