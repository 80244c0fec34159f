//! Trades that do not stand: busted, or put to another price (rules, section 2).

use crate::text::Chars;
use crate::units::{AccountId, Amount, InstrumentId, Px, Qty, SessionId, TradeId};

/// Flags of [`TradeCorrect`].
pub mod correct_flags {
    /// The trade stands at `new_px`; without it, it does not stand at all.
    pub const ADJUST: u8 = 1;
    /// The buyer took: at the new price it pays the taker's fee. Whose flag is missing pays the
    /// maker's, as both do in an auction.
    pub const BUYER_TOOK: u8 = 2;
    /// The seller took.
    pub const SELLER_TOOK: u8 = 4;
    /// Every flag that has a meaning.
    pub const ALL: u8 = ADJUST | BUYER_TOOK | SELLER_TOOK;
}

body! {
    /// Takes back a trade of the day, or puts it to another price: both sides, to the last unit of
    /// money. The venue does not keep its trades, so the command says what the events of this one
    /// say. Orders and prices stay as they are.
    TradeCorrect(144) {
        /// Echoed in the answer.
        request_id: u64,
        /// Which trade.
        trade_id: TradeId,
        /// Its price.
        px: Px,
        /// Its quantity.
        qty: Qty,
        /// The price it stands at from now on; 0 for a bust.
        new_px: Px,
        /// Fee its buyer was charged; negative is a rebate.
        buyer_fee: Amount,
        /// Fee its seller was charged; negative is a rebate.
        seller_fee: Amount,
        /// In which instrument.
        instrument: InstrumentId,
        /// Account that bought.
        buyer: AccountId,
        /// Account that sold.
        seller: AccountId,
        /// Session that is told of the buyer's side; 0 for none.
        buyer_session: SessionId,
        /// Session that is told of the seller's side; 0 for none.
        seller_session: SessionId,
        /// [`correct_flags`].
        flags: u8,
        /// Zero.
        spare: [u8; 3],
        /// Who says so.
        actor: Chars<16>,
        /// Why.
        reason: Chars<32>,
    }
}
