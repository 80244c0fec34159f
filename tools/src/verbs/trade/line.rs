//! What a person types, read into what is meant.

use pinion_types::{ExecInst, Nanos, OrdType, Px, Side, StpMode, Text, TimeInForce};
use pinion_wire::{LinkKind, LinkLeg};

use crate::nearest::nearest;
use crate::scenario::parse_time;
use follow::FollowLine;

mod follow;

/// One typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing but blanks or a comment.
    Empty,
    /// An order.
    Order(OrderLine),
    /// Cancel the order with that number.
    Cancel(u64),
    /// Cancel every order, or those of one side and of one instrument.
    CancelAll { side: Option<Side>, symbol: Option<String> },
    /// Change the order with that number.
    Replace(ReplaceLine),
    /// Ask for the state of one order.
    Status(u64),
    /// Show working orders.
    Orders,
    /// Show positions and cash.
    Positions,
    /// Show instruments.
    Instruments,
    /// Show what can be typed.
    Help,
    /// Log off.
    Quit,
}

/// An order as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OrderLine {
    pub side: Side,
    pub qty: u64,
    /// `None` takes the instrument in use.
    pub symbol: Option<String>,
    /// `None` is a market order.
    pub px: Option<Px>,
    /// The trigger of a stop.
    pub stop_px: Option<Px>,
    /// The rest of it becomes a limit order at the best price.
    pub to_limit: bool,
    /// What an iceberg shows; 0 for all.
    pub display_qty: u64,
    /// What must trade at once for any of it to trade; 0 for no such wish.
    pub min_qty: u64,
    /// Others do not see it.
    pub hidden: bool,
    /// Only to reduce the position.
    pub reduce_only: bool,
    pub time_in_force: Option<TimeInForce>,
    /// When it ends by itself.
    pub until: Option<Until>,
    /// Post-only.
    pub exec_inst: Option<ExecInst>,
    pub stp_mode: Option<StpMode>,
    /// `None` takes the session's first account.
    pub account: Option<u32>,
    /// Protection of a market order in ticks.
    pub protection_ticks: u32,
    /// The number of its group of linked orders; 0 for none.
    pub link_id: u64,
    /// How the group's orders depend on one another, and which of them it is.
    pub leg: Option<(LinkKind, LinkLeg)>,
    /// What its price follows.
    pub follow: FollowLine,
}

/// A change as typed; what is not said stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReplaceLine {
    pub id: u64,
    pub qty: u64,
    /// `None` for a stop, which has no price of its own.
    pub px: Option<Px>,
    pub stop_px: Option<Px>,
    pub display_qty: u64,
}

/// When an order ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// At that moment.
    At(Nanos),
    /// After so many nanoseconds.
    In(u64),
}

/// What can be typed.
pub(super) const HELP: &str = "\
buy 10 @ 100.05            limit order, good for the day
sell 5 DEMO @ 101 ioc      in another instrument; ioc, fok, gtc or day
buy 10 market              at the best prices, protected; `protect 5` for at most 5 ticks
buy 10 market-to-limit     at the best price alone; the rest is a limit order there
buy 10 stop 101            a market order once 101 has traded; `@ 101.5` makes it a limit order
buy 10 @ 100.05 show 2     an iceberg: others see 2 at a time
buy 10 @ 100.05 min 5      at least 5 of it at once, or nothing
buy 10 @ 100.05 hidden     nobody sees it; it stands behind what is shown at its price
sell 5 @ 101 reduce-only   only as far as it brings the position nearer to 0; or `ro`
buy 10 market closing      in the closing auction; opening: in the opening one
buy 10 @ 100.05 post-only  refused where it would trade at once; post-only-slide: moved away
sell 9 @ 105 link 7 oco 1  then `sell 9 stop 98 link 7 oco 2`: one trades, the other is canceled
sell 9 @ 105 link 7 bracket 2   takes the profit, `sell 9 stop 98 link 7 bracket 3` stops the
                           loss, both once `buy 9 @ 100 link 7 bracket 1` has traded
sell 5 trail 20            a stop 20 ticks behind the best trade; or 50bps; `activate 105`
buy 10 peg market -1 fixed at the best price of the other side, less a tick; also primary, mid
buy 10 @ 100.05 until 8h   ends by itself; or until 2026-12-31T20:00:00Z
buy 1 @ 99 stp cancel-both account 2
cancel 7                   the order with that number
cancel all [buy|sell] [DEMO]
replace 7 12 @ 100.10      new total quantity and price; `stop 101`, `show 2` as above
status 7                   what the venue says of it
orders, positions, instruments, help, quit";

const WORDS: [&str; 11] = [
    "buy",
    "sell",
    "short",
    "cancel",
    "replace",
    "status",
    "orders",
    "positions",
    "instruments",
    "help",
    "quit",
];

/// Reads a line; the error says what would be right.
pub(super) fn parse(text: &str) -> Result<Line, String> {
    let spaced = without_comment(text).replace('@', " @ ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let Some((&verb, rest)) = words.split_first() else { return Ok(Line::Empty) };
    match verb.to_ascii_lowercase().as_str() {
        "buy" => order(Side::Buy, rest).map(Line::Order),
        "sell" => order(Side::Sell, rest).map(Line::Order),
        "short" => order(Side::SellShort, rest).map(Line::Order),
        "cancel" => cancel(rest),
        "replace" => replace(rest),
        "status" => one_id(rest, "status 7").map(Line::Status),
        "orders" => alone(rest, Line::Orders),
        "positions" => alone(rest, Line::Positions),
        "instruments" => alone(rest, Line::Instruments),
        "help" | "?" => alone(rest, Line::Help),
        "quit" | "exit" => alone(rest, Line::Quit),
        other => Err(match nearest(other, WORDS) {
            Some(near) => format!("`{other}` is nothing I know; did you mean `{near}`?"),
            None => format!("`{other}` is nothing I know; `help` shows what is"),
        }),
    }
}

/// The line before a `#` that begins a comment; one before a digit begins an order's number.
fn without_comment(text: &str) -> &str {
    let is_comment =
        |at: &usize| !text[at + 1..].starts_with(|letter: char| letter.is_ascii_digit());
    let end = text.match_indices('#').map(|(at, _)| at).find(is_comment);
    &text[..end.unwrap_or(text.len())]
}

fn alone(rest: &[&str], line: Line) -> Result<Line, String> {
    match rest.first() {
        None => Ok(line),
        Some(word) => Err(format!("nothing stands behind it, but there is `{word}`")),
    }
}

fn order(side: Side, words: &[&str]) -> Result<OrderLine, String> {
    let (qty, mut words) = words.split_first().ok_or("how many? like `buy 10 @ 100.05`")?;
    let mut line = OrderLine::new(side, quantity(qty)?);
    let mut priced = false;
    while let Some((word, rest)) = words.split_first() {
        words = match line.take(&word.to_ascii_lowercase(), rest)? {
            Some(rest) => {
                priced |= line.is_priced(word);
                rest
            }
            None if line.symbol.is_none() && !priced => {
                line.symbol = Some((*word).to_owned());
                rest
            }
            None => return Err(format!("`{word}` is not understood here; `help` shows how")),
        };
    }
    if !priced {
        return Err("at which price? say `@ 100.05`, or `market`".to_owned());
    }
    line.fits()
}

impl OrderLine {
    fn new(side: Side, qty: u64) -> Self {
        OrderLine {
            side,
            qty,
            symbol: None,
            px: None,
            stop_px: None,
            to_limit: false,
            display_qty: 0,
            min_qty: 0,
            hidden: false,
            reduce_only: false,
            time_in_force: None,
            until: None,
            exec_inst: None,
            stp_mode: None,
            account: None,
            protection_ticks: 0,
            link_id: 0,
            leg: None,
            follow: FollowLine::default(),
        }
    }

    /// Takes a word and what belongs to it; gives the words behind, or `None` for a word that is
    /// none of an order's.
    fn take<'a, 'b>(
        &mut self,
        word: &str,
        rest: &'a [&'b str],
    ) -> Result<Option<&'a [&'b str]>, String> {
        let (next, behind) = rest.split_first().map_or((None, rest), |(next, rest)| {
            let next: &'b str = next;
            (Some(next), rest)
        });
        match word {
            "@" => {
                let value = next.ok_or("at which price? like `@ 100.05`")?;
                self.px = if value == "market" { None } else { Some(price(value)?) };
            }
            "stop" => self.stop_px = Some(price(next.ok_or("which trigger? like `stop 101`")?)?),
            "show" => self.display_qty = quantity(next.ok_or("how many? like `show 5`")?)?,
            "min" => self.min_qty = quantity(next.ok_or("how many? like `min 5`")?)?,
            "link" => self.link_id = number(next.unwrap_or(""))?,
            "oco" => self.leg = Some((LinkKind::OneCancelsTheOther, leg(word, next)?)),
            "bracket" => self.leg = Some((LinkKind::OneTriggersOthers, leg(word, next)?)),
            "until" => self.until = Some(until(next.unwrap_or(""))?),
            "stp" => self.stp_mode = Some(stp(next)?),
            "account" => {
                let id = next.and_then(|id| id.parse().ok());
                self.account = Some(id.ok_or("which account? like `account 2`")?);
            }
            "protect" => {
                let ticks = next.and_then(|ticks| ticks.parse().ok());
                self.protection_ticks = ticks.ok_or("how many ticks? like `protect 5`")?;
            }
            "trail" => self.follow.trail(next)?,
            "activate" => {
                let value = next.ok_or("from which price on? like `activate 101`")?;
                self.follow.activation_px = Some(price(value)?);
            }
            "peg" => return self.follow.peg(rest).map(Some),
            "fixed" => {
                self.follow.is_fixed = true;
                return Ok(Some(rest));
            }
            "hidden" => {
                self.hidden = true;
                return Ok(Some(rest));
            }
            "reduce-only" | "ro" => {
                self.reduce_only = true;
                return Ok(Some(rest));
            }
            alone => {
                self.to_limit |= alone == OrdType::MarketToLimit.name();
                self.exec_inst = exec_inst(alone).or(self.exec_inst);
                self.time_in_force = tif(alone).or(self.time_in_force);
                let is_type = [OrdType::Market, OrdType::MarketToLimit]
                    .iter()
                    .any(|kind| kind.name() == alone);
                let known = is_type || exec_inst(alone).is_some() || tif(alone).is_some();
                return Ok(known.then_some(rest));
            }
        }
        Ok(Some(behind))
    }

    /// Whether a word says at which price: a limit, a trigger, or the market.
    fn is_priced(&self, word: &str) -> bool {
        let words =
            ["@", "stop", "peg", "trail", OrdType::Market.name(), OrdType::MarketToLimit.name()];
        words.iter().any(|known| word.eq_ignore_ascii_case(known))
    }

    /// The order, where its words go together.
    fn fits(self) -> Result<OrderLine, String> {
        let wrong = |text: &str| Err(text.to_owned());
        if self.protection_ticks != 0
            && (self.px.is_some() || self.to_limit || self.follow.is_peg())
        {
            return wrong("`protect` is for market orders; a limit order has its price");
        }
        if self.to_limit && (self.px.is_some() || self.stop_px.is_some()) {
            return wrong("`market-to-limit` takes the best price; it has none of its own");
        }
        if self.display_qty != 0 && (self.px.is_none() || self.stop_px.is_some()) {
            return wrong("`show` is for limit orders");
        }
        if self.hidden && (self.px.is_none() || self.stop_px.is_some()) {
            return wrong("`hidden` is for limit orders");
        }
        if self.hidden && self.display_qty != 0 {
            return wrong("`hidden` shows nothing; `show` shows a part");
        }
        if (self.link_id != 0) != self.leg.is_some() {
            return wrong("say group and part, like `link 7 oco 1` or `link 7 bracket 2`");
        }
        if self.follow.is_fixed && !self.follow.is_peg() {
            return wrong("`fixed` is for pegs, like `peg market fixed`");
        }
        if self.follow.activation_px.is_some() && !self.follow.is_trail() {
            return wrong("`activate` is for stops that trail, like `trail 5 activate 101`");
        }
        if self.follow.is_trail() && (self.stop_px.is_some() || self.to_limit) {
            return wrong("`trail` finds its own trigger; `@` makes it a limit order");
        }
        if self.follow.is_peg() && (self.stop_px.is_some() || self.to_limit) {
            return wrong("`peg` has its price from the book; `@` is the most it pays");
        }
        if self.until.is_some() && self.time_in_force.is_some() {
            return wrong("`until` says how long by itself");
        }
        Ok(self)
    }

    /// Its type (FIX 40).
    pub fn ord_type(&self) -> OrdType {
        match (self.px, self.stop_px) {
            _ if self.follow.is_peg() => OrdType::Pegged,
            (px, _) if self.follow.is_trail() => px.map_or(OrdType::Stop, |_| OrdType::StopLimit),
            (Some(_), None) => OrdType::Limit,
            (Some(_), Some(_)) => OrdType::StopLimit,
            (None, Some(_)) => OrdType::Stop,
            (None, None) if self.to_limit => OrdType::MarketToLimit,
            (None, None) => OrdType::Market,
        }
    }
}

fn cancel(words: &[&str]) -> Result<Line, String> {
    if words.first().is_none_or(|word| !word.eq_ignore_ascii_case("all")) {
        return one_id(words, "cancel 7").map(Line::Cancel);
    }
    let (mut side, mut symbol) = (None, None);
    for word in &words[1..] {
        match word.to_ascii_lowercase().as_str() {
            "buy" => side = Some(Side::Buy),
            "sell" => side = Some(Side::Sell),
            _ if symbol.is_none() => symbol = Some((*word).to_owned()),
            _ => return Err(format!("`{word}` is not understood; like `cancel all buy DEMO`")),
        }
    }
    Ok(Line::CancelAll { side, symbol })
}

fn replace(words: &[&str]) -> Result<Line, String> {
    let unclear = "say number, new quantity and price, like `replace 7 12 @ 100.10`";
    let [id, qty, rest @ ..] = words else { return Err(unclear.to_owned()) };
    let (id, qty) = (number(id)?, quantity(qty)?);
    let mut line = ReplaceLine { id, qty, px: None, stop_px: None, display_qty: 0 };
    let (pairs, odd) = rest.as_chunks::<2>();
    for [word, value] in pairs {
        match *word {
            "@" => line.px = Some(price(value)?),
            "stop" => line.stop_px = Some(price(value)?),
            "show" => line.display_qty = quantity(value)?,
            _ => return Err(unclear.to_owned()),
        }
    }
    if !odd.is_empty() || (line.px.is_none() && line.stop_px.is_none()) {
        return Err(unclear.to_owned());
    }
    Ok(Line::Replace(line))
}

fn one_id(words: &[&str], example: &str) -> Result<u64, String> {
    match words {
        [id] => number(id),
        _ => Err(format!("say the order's number, like `{example}`")),
    }
}

fn number(word: &str) -> Result<u64, String> {
    let digits = word.strip_prefix('#').unwrap_or(word);
    digits.parse().map_err(|_| format!("`{word}` is not an order's number"))
}

fn quantity(word: &str) -> Result<u64, String> {
    let value = word.parse().ok().filter(|&qty| qty > 0);
    value.ok_or_else(|| format!("`{word}` is not a quantity: a whole number above 0"))
}

fn price(word: &str) -> Result<Px, String> {
    Px::parse(word).ok_or_else(|| format!("`{word}` is not a price: like 100.05"))
}

/// Which order of a group: 1 the limit order or the entry, 2 the stop or what takes the profit, 3
/// what stops the loss.
fn leg(word: &str, next: Option<&str>) -> Result<LinkLeg, String> {
    let most = if word == "oco" { 2 } else { 3 };
    let number = next.and_then(|text| text.parse().ok()).filter(|number| *number <= most);
    let found = number.and_then(LinkLeg::from_code);
    found.ok_or_else(|| format!("which of them? `{word} 1` to `{word} {most}`"))
}

fn tif(word: &str) -> Option<TimeInForce> {
    [
        TimeInForce::Day,
        TimeInForce::GoodTillCancel,
        TimeInForce::ImmediateOrCancel,
        TimeInForce::FillOrKill,
        TimeInForce::AtTheOpening,
        TimeInForce::AtTheClose,
    ]
    .into_iter()
    .find(|tif| tif.name() == word)
}

fn exec_inst(word: &str) -> Option<ExecInst> {
    ExecInst::ALL.iter().copied().find(|inst| inst.name() == word)
}

/// A moment in UTC, or how long from now.
fn until(word: &str) -> Result<Until, String> {
    let step = |unit: &str, len: u64| {
        let count = word.strip_suffix(unit)?.parse::<u64>().ok()?;
        count.checked_mul(len).and_then(|seconds| seconds.checked_mul(1_000_000_000))
    };
    let units = [("s", 1), ("m", 60), ("h", 3_600), ("d", 86_400)];
    if let Some(step) = units.into_iter().find_map(|(unit, len)| step(unit, len)) {
        return Ok(Until::In(step));
    }
    let date = word.contains('T').then(|| parse_time(word)).flatten();
    date.map(Until::At)
        .ok_or_else(|| format!("`{word}` is no end; `30s`, `8h` and `2026-12-31T20:00:00Z` are"))
}

fn stp(word: Option<&str>) -> Result<StpMode, String> {
    let word = word.unwrap_or("");
    StpMode::ALL.iter().copied().find(|mode| mode.name() == word).ok_or_else(|| {
        let known: Vec<&str> = StpMode::ALL.iter().map(|mode| mode.name()).collect();
        format!("`{word}` is not a self-trade prevention; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests;
