//! Trades that an operator takes back: what the event log says of both sides, and what came of it.

use pinion_types::command::{TradeCorrect, correct_flags};
use pinion_types::event::Trade;
use pinion_types::{EventRef, Liquidity, Seq, SessionId, Side, TradeId};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::logs::{Log, next_output};
use crate::place::Places;

/// The bust of a trade, without who says so and why; `None` where there is no such trade.
pub(crate) fn of_trade(
    places: &Places,
    trade_id: TradeId,
) -> Result<Option<TradeCorrect>, Failure> {
    if trade_id.0 == 0 {
        return Ok(None);
    }
    let mut reader = Log::Events.open(places, Seq(trade_id.0))?;
    let mut body = TradeCorrect { trade_id, ..TradeCorrect::default() };
    let (mut cause, mut sides) = (None, 0);
    // A trade is named by the event of its first side; the other one has the same cause.
    while let Some(output) = next_output(&mut reader)? {
        if cause.is_some_and(|cause| cause != output.cause) {
            break;
        }
        cause = Some(output.cause);
        match output.event.view() {
            Some(EventRef::Trade(trade)) if trade.trade_id == trade_id => {
                add_side(&mut body, trade, output.event.header().session);
                sides += 1;
            }
            _ if sides == 0 => return Ok(None),
            _ => {}
        }
        if sides == 2 {
            return Ok(Some(body));
        }
    }
    Ok(None)
}

fn add_side(body: &mut TradeCorrect, trade: &Trade, session: SessionId) {
    (body.px, body.qty, body.instrument) = (trade.last_px, trade.last_qty, trade.instrument);
    let took = trade.liquidity.get() == Some(Liquidity::Removed);
    if trade.side.get().is_some_and(Side::is_buy) {
        (body.buyer, body.buyer_session, body.buyer_fee) = (trade.account, session, trade.fee);
        body.flags |= if took { correct_flags::BUYER_TOOK } else { 0 };
    } else {
        (body.seller, body.seller_session, body.seller_fee) = (trade.account, session, trade.fee);
        body.flags |= if took { correct_flags::SELLER_TOOK } else { 0 };
    }
}

/// What both sides were told, by the answer that followed it in the event log.
pub(crate) fn told(places: &Places, answer: Seq) -> Result<Vec<Value>, Failure> {
    let mut reader = Log::Events.open(places, Seq(answer.0.saturating_sub(2)))?;
    let mut sides = Vec::new();
    while let Some(output) = next_output(&mut reader)?.filter(|output| output.seq < answer) {
        let Some(EventRef::TradeCorrected(it)) = output.event.view() else { continue };
        sides.push(json!({
            "event": output.seq.0,
            "session": output.event.header().session.0,
            "account": it.account.0,
            "side": it.side.get().map_or("?", |side| side.name()),
            "fee_back": it.fee_back.to_string(),
            "fee": it.fee.to_string(),
            "position": it.position,
        }));
    }
    Ok(sides)
}
