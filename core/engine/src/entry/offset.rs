//! Last of step 10: offsets of pegs and trailing stops, and whether an order may have one.

use pinion_types::command::NewOrderExtra;
use pinion_types::{OrdType, Px, RejectCode};

/// Kinds of offsets, as FIX numbers them (FIX 1094, 836).
pub(crate) mod offset_kind {
    /// Half way between the best prices of both sides.
    pub(crate) const MID: u32 = 2;
    /// The best price of the other side.
    pub(crate) const MARKET: u32 = 4;
    /// The best price of the own side.
    pub(crate) const PRIMARY: u32 = 5;
    /// Behind the best trade, in ticks.
    pub(crate) const TRAIL_TICKS: u32 = 8;
    /// Behind the best trade, in 1/100 of a percent of it.
    pub(crate) const TRAIL_BPS: u32 = 9;
}

/// Farthest a peg may be from what it follows, in ticks.
const PEG_OFFSET_MAX: u32 = 1_000_000;

/// Farthest a trailing stop may be behind what it trails, in ticks and in 1/100 of a percent.
const TRAIL_OFFSET_MAX: [i32; 2] = [1_000_000, 9_999];

/// Whether an offset can be a trailing stop's.
pub(crate) fn is_trail_offset(kind: u32, offset: i32) -> bool {
    let [ticks_max, bps_max] = TRAIL_OFFSET_MAX;
    let most = match kind {
        offset_kind::TRAIL_TICKS => ticks_max,
        offset_kind::TRAIL_BPS => bps_max,
        _ => 0,
    };
    (1..=most).contains(&offset)
}

/// Whether an offset can be a peg's.
pub(crate) const fn is_peg_offset(kind: u32, ticks: i32) -> bool {
    use offset_kind::{MARKET, MID, PRIMARY};
    matches!(kind, MID | MARKET | PRIMARY) && ticks.unsigned_abs() <= PEG_OFFSET_MAX
}

/// Whether an order of this type has what it must have of offset, kind, movement and activation,
/// and nothing else of that.
pub(super) fn check_offset(ord_type: OrdType, extra: &NewOrderExtra) -> Result<(), RejectCode> {
    let (kind, ticks) = (extra.offset_kind, extra.offset_ticks);
    let fits = match ord_type {
        OrdType::Pegged => {
            is_peg_offset(kind, ticks) && extra.activation_px == Px(0) && extra.peg_move <= 1
        }
        OrdType::Stop | OrdType::StopLimit if kind != 0 => {
            is_trail_offset(kind, ticks) && extra.stop_px == Px(0) && extra.peg_move == 0
        }
        _ => (kind, ticks, extra.activation_px, extra.peg_move) == (0, 0, Px(0), 0),
    };
    if fits { Ok(()) } else { Err(RejectCode::PegOrTrail) }
}
