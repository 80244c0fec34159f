//! Orders that follow prices, as typed: pegs and trailing stops.

use pinion_types::Px;
use pinion_wire::codes::{OffsetKind, PegMove, RawPegMove};

/// What a peg follows, in words that can be typed.
const PEGS: [(&str, OffsetKind); 3] = [
    ("primary", OffsetKind::PegPrimary),
    ("market", OffsetKind::PegMarket),
    ("mid", OffsetKind::PegMid),
];

/// How an order follows, as typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct FollowLine {
    /// What it follows; `None` for most orders.
    pub kind: Option<OffsetKind>,
    /// How far from it, in the unit of the kind.
    pub offset: i32,
    /// Its price is taken once.
    pub is_fixed: bool,
    /// It trails from a trade there on.
    pub activation_px: Option<Px>,
}

impl FollowLine {
    /// Takes what stands behind `peg`; gives the words behind that.
    pub fn peg<'a, 'b>(&mut self, words: &'a [&'b str]) -> Result<&'a [&'b str], String> {
        let known = |word: &str| PEGS.iter().find(|(name, _)| *name == word).map(|it| it.1);
        let kind = words.first().and_then(|word| known(&word.to_ascii_lowercase()));
        self.kind = Some(kind.ok_or("to what? `peg primary`, `peg market` or `peg mid`")?);
        let rest = &words[1..];
        let Some((word, behind)) = rest.split_first() else { return Ok(rest) };
        if !word.starts_with(['+', '-']) {
            return Ok(rest);
        }
        self.offset = word.parse().map_err(|_| format!("`{word}` are no ticks: like `-2`"))?;
        Ok(behind)
    }

    /// Takes what stands behind `trail`: so many ticks, or so many bps.
    pub fn trail(&mut self, word: Option<&str>) -> Result<(), String> {
        let word = word.unwrap_or("").to_ascii_lowercase();
        let (kind, digits) = match word.strip_suffix("bps") {
            Some(digits) => (OffsetKind::TrailBps, digits),
            None => (OffsetKind::TrailTicks, word.as_str()),
        };
        let offset = digits.parse().ok().filter(|offset| *offset > 0);
        self.offset = offset.ok_or("how far? `trail 5` ticks, or `trail 50bps`")?;
        self.kind = Some(kind);
        Ok(())
    }

    /// True for a trailing stop.
    pub fn is_trail(&self) -> bool {
        matches!(self.kind, Some(OffsetKind::TrailTicks | OffsetKind::TrailBps))
    }

    /// Whether it moves (FIX 835).
    pub fn peg_move(&self) -> RawPegMove {
        if self.is_fixed { PegMove::Fixed.into() } else { RawPegMove::default() }
    }

    /// True for a peg.
    pub fn is_peg(&self) -> bool {
        self.kind.is_some_and(|kind| PEGS.iter().any(|it| it.1 == kind))
    }
}
