//! What a person types, read into what is meant.

use pinion_types::{Px, Side, StpMode, Text, TimeInForce};

use crate::nearest::nearest;

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
    /// Change quantity and price of the order with that number.
    Replace { id: u64, qty: u64, px: Px },
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
    pub time_in_force: Option<TimeInForce>,
    pub stp_mode: Option<StpMode>,
    /// `None` takes the session's first account.
    pub account: Option<u32>,
    /// Protection of a market order in ticks.
    pub protection_ticks: u32,
}

/// What can be typed.
pub(super) const HELP: &str = "\
buy 10 @ 100.05            limit order, good for the day
sell 5 DEMO @ 101 ioc      in another instrument; ioc, fok, gtc or day
buy 10 market              at the best prices, protected; `protect 5` for at most 5 ticks
buy 1 @ 99 stp cancel-both account 2
cancel 7                   the order with that number
cancel all [buy|sell] [DEMO]
replace 7 12 @ 100.10      new total quantity and price
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
    let mut words = words.iter().copied().peekable();
    let qty = words.next().ok_or("how many? like `buy 10 @ 100.05`")?;
    let mut line = OrderLine {
        side,
        qty: quantity(qty)?,
        symbol: None,
        px: None,
        time_in_force: None,
        stp_mode: None,
        account: None,
        protection_ticks: 0,
    };
    let mut priced = false;
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().as_str() {
            "@" => {
                let value = words.next().ok_or("at which price? like `@ 100.05`")?;
                line.px = if value == "market" { None } else { Some(price(value)?) };
                priced = true;
            }
            "market" => priced = true,
            "stp" => line.stp_mode = Some(stp(words.next())?),
            "account" => {
                let id = words.next().and_then(|id| id.parse().ok());
                line.account = Some(id.ok_or("which account? like `account 2`")?);
            }
            "protect" => {
                let ticks = words.next().and_then(|ticks| ticks.parse().ok());
                line.protection_ticks = ticks.ok_or("how many ticks? like `protect 5`")?;
            }
            lower => match tif(lower) {
                Some(tif) => line.time_in_force = Some(tif),
                None if line.symbol.is_none() && !priced => line.symbol = Some(word.to_owned()),
                None => return Err(format!("`{word}` is not understood here; `help` shows how")),
            },
        }
    }
    if !priced {
        return Err("at which price? say `@ 100.05`, or `market`".to_owned());
    }
    if line.px.is_some() && line.protection_ticks != 0 {
        return Err("`protect` is for market orders; a limit order has its price".to_owned());
    }
    Ok(line)
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
    match words {
        [id, qty, "@", px] => {
            Ok(Line::Replace { id: number(id)?, qty: quantity(qty)?, px: price(px)? })
        }
        _ => Err("say number, new quantity and price, like `replace 7 12 @ 100.10`".to_owned()),
    }
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

fn tif(word: &str) -> Option<TimeInForce> {
    [
        TimeInForce::Day,
        TimeInForce::GoodTillCancel,
        TimeInForce::ImmediateOrCancel,
        TimeInForce::FillOrKill,
    ]
    .into_iter()
    .find(|tif| tif.name() == word)
}

fn stp(word: Option<&str>) -> Result<StpMode, String> {
    let word = word.unwrap_or("");
    StpMode::ALL.iter().copied().find(|mode| mode.name() == word).ok_or_else(|| {
        let known: Vec<&str> = StpMode::ALL.iter().map(|mode| mode.name()).collect();
        format!("`{word}` is not a self-trade prevention; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{Line, OrderLine, parse};
    use pinion_types::{Px, Side, StpMode, TimeInForce};

    fn limit(side: Side, qty: u64, px: i64) -> OrderLine {
        OrderLine {
            side,
            qty,
            symbol: None,
            px: Some(Px(px * 1_000_000)),
            time_in_force: None,
            stp_mode: None,
            account: None,
            protection_ticks: 0,
        }
    }

    #[track_caller]
    fn check(text: &str, wanted: Line) {
        assert_eq!(parse(text), Ok(wanted), "{text}");
    }

    #[track_caller]
    fn check_error(text: &str, wanted: &str) {
        assert_eq!(parse(text), Err(wanted.to_owned()), "{text}");
    }

    #[test]
    fn orders_read_as_one_would_say_them() {
        check("buy 10 @ 100.05", Line::Order(limit(Side::Buy, 10, 10_005)));
        check("BUY 10@100.05", Line::Order(limit(Side::Buy, 10, 10_005)));
        check(
            "sell 5 DEMO @ 101 ioc # now",
            Line::Order(OrderLine {
                symbol: Some("DEMO".to_owned()),
                time_in_force: Some(TimeInForce::ImmediateOrCancel),
                ..limit(Side::Sell, 5, 10_100)
            }),
        );
        check(
            "short 1 market protect 5 stp cancel-both account 2",
            Line::Order(OrderLine {
                px: None,
                stp_mode: Some(StpMode::CancelBoth),
                account: Some(2),
                protection_ticks: 5,
                ..limit(Side::SellShort, 1, 0)
            }),
        );
    }

    #[test]
    fn requests_read_as_one_would_say_them() {
        check("cancel #7", Line::Cancel(7));
        check("cancel all", Line::CancelAll { side: None, symbol: None });
        let symbol = Some("DEMO".to_owned());
        check("cancel all sell DEMO", Line::CancelAll { side: Some(Side::Sell), symbol });
        check("replace 7 12 @ 1.5", Line::Replace { id: 7, qty: 12, px: Px(150_000_000) });
        check("  # nothing", Line::Empty);
        check("status 3", Line::Status(3));
    }

    #[test]
    fn errors_say_what_would_be_right() {
        check_error("buy", "how many? like `buy 10 @ 100.05`");
        check_error("buy 10", "at which price? say `@ 100.05`, or `market`");
        check_error("buy 0 @ 1", "`0` is not a quantity: a whole number above 0");
        check_error("buy 1 @ abc", "`abc` is not a price: like 100.05");
        check_error("sel 1 @ 2", "`sel` is nothing I know; did you mean `sell`?");
        check_error("cancel", "say the order's number, like `cancel 7`");
        check_error(
            "buy 1 @ 2 protect 3",
            "`protect` is for market orders; a limit order has its price",
        );
        check_error("orders now", "nothing stands behind it, but there is `now`");
    }
}
