//! What a configuration says of sharing a price: the algorithm, and the market makers' parts.

use std::collections::BTreeMap;

use pinion_types::command::{Allocation, MakerShare};
use pinion_types::text::Chars;
use pinion_types::{AccountId, Command, CommandRef, InstrumentId, Qty, SessionId};

use super::commands::{ACTOR, Build, REASON};
use super::venue::Instrument;

impl Build<'_> {
    /// The instrument's algorithm, with all it may be told.
    pub(super) fn allocation(&mut self, def: &Instrument) {
        self.push(&Allocation {
            instrument: InstrumentId(def.id),
            algorithm: def.allocation.into(),
            leveling: u8::from(def.leveling),
            fifo_percent: def.fifo_percent,
            pro_rata_min: Qty(def.pro_rata_min),
            top_min: Qty(def.top_min),
            top_max: Qty(def.top_max),
            actor: Chars::new(ACTOR),
            reason: Chars::new(REASON),
            ..Allocation::default()
        });
    }

    /// The parts of an instrument's market makers, behind the definitions of their accounts.
    pub(super) fn makers(&mut self, def: &Instrument) {
        for maker in &def.makers {
            self.push(&share(InstrumentId(def.id), AccountId(maker.account), maker.percent));
        }
    }
}

/// Market makers' parts that a configuration said, by instrument.
///
/// They hold together: no more than the whole may be given away at any moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares(BTreeMap<InstrumentId, BTreeMap<AccountId, u32>>);

impl Shares {
    /// Takes note of a part.
    pub(super) fn note(&mut self, command: &Command) {
        let Some(CommandRef::MakerShare(body)) = command.view() else { return };
        if body.actor.as_str() != ACTOR {
            return;
        }
        let of = self.0.entry(body.instrument).or_default();
        if body.percent == 0 {
            of.remove(&body.account);
        } else {
            of.insert(body.account, body.percent);
        }
    }

    /// What makes these parts of an instrument the wanted ones: who loses comes before who gains.
    pub(super) fn missing(&self, instrument: InstrumentId, wanted: &Shares) -> Vec<Command> {
        let none = BTreeMap::new();
        let said = self.0.get(&instrument).unwrap_or(&none);
        let wanted = wanted.0.get(&instrument).unwrap_or(&none);
        let gone = said.keys().filter(|account| !wanted.contains_key(account));
        let gone = gone.map(|account| (*account, 0));
        let before = |account: &AccountId| said.get(account).copied().unwrap_or(0);
        let changed: Vec<(AccountId, u32)> = wanted
            .iter()
            .filter(|(account, percent)| before(account) != **percent)
            .map(|(account, percent)| (*account, *percent))
            .collect();
        let (less, more): (Vec<_>, Vec<_>) =
            changed.into_iter().partition(|(account, percent)| *percent < before(account));
        let all = gone.chain(less).chain(more);
        all.map(|(account, percent)| {
            Command::new(SessionId(0), 0, &share(instrument, account, percent))
        })
        .collect()
    }
}

fn share(instrument: InstrumentId, account: AccountId, percent: u32) -> MakerShare {
    MakerShare {
        instrument,
        account,
        percent,
        actor: Chars::new(ACTOR),
        reason: Chars::new(REASON),
        ..MakerShare::default()
    }
}
