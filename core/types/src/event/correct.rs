//! Trades that do not stand.

use crate::codes::RawSide;
use crate::text::Spare;
use crate::units::{AccountId, Amount, InstrumentId, Px, Qty, TradeId};

body! {
    /// One side of a trade was taken back, or put to another price (SBE template 213): the
    /// buyer's event first, the seller's next. Its order is as it was.
    TradeCorrected(144) {
        /// Shared by both sides, as in their trade reports (FIX 1003).
        trade_id: TradeId,
        /// Price of the trade as it was (FIX 31).
        px: Px,
        /// Its quantity (FIX 32).
        qty: Qty,
        /// Price it stands at now; 0 where it does not stand.
        new_px: Px,
        /// Fee of the trade, which was given back.
        fee_back: Amount,
        /// Fee charged for the new price; negative is a rebate.
        fee: Amount,
        /// The account's position in the instrument after it, signed.
        position: i64,
        /// Instrument (FIX 48).
        instrument: InstrumentId,
        /// Account (FIX 1).
        account: AccountId,
        /// Side of the trade (FIX 54).
        side: RawSide,
        /// 1 where it stands at the new price, 0 where it was busted.
        is_adjusted: u8,
        /// Zero.
        spare: [u8; 6],
        /// Zero.
        spare2: Spare<7>,
    }
}
