//! What an account may trade, and how often it may ask.

use pinion_types::RejectCode;
use pinion_types::codes::{LimitId, OrdType, Scope, Side};
use pinion_types::command::{
    AccountPermission, AccountRisk, UNLIMITED_32, account_flags, side_bits, type_bits,
};
use pinion_types::event::PermissionChanged;

use super::Model;
use super::changes::risk_changed;
use super::control::{Done, bad_if, known};
use super::refusal::{Checked, Refusal, refuse_if};
use super::tables::Bucket;

impl Model {
    pub(super) fn permit(&mut self, body: &AccountPermission) -> Done {
        let (account, instrument) = (body.account.0, body.instrument.0);
        known(self.accounts.contains_key(&account))?;
        known(instrument == 0 || self.instruments.contains_key(&instrument))?;
        bad_if(body.sides & !side_bits::ALL != 0 || body.types & !type_bits::ALL != 0)?;
        bad_if(body.spare != [0; 6] || body.spare2.0 != [0; 7])?;
        if instrument != 0 {
            // It stands in a position.
            if !self.has_position_room((account, instrument)) {
                return Err(RejectCode::TableFull);
            }
            self.make_position(account, instrument);
        }
        let old = self.rights.insert((account, instrument), *body);
        self.say_of(
            0,
            &PermissionChanged {
                request_id: body.request_id,
                account: body.account,
                instrument: body.instrument,
                sides: body.sides,
                types: body.types,
                old_sides: old.map_or(0, |it| it.sides),
                old_types: old.map_or(0, |it| it.types),
                was_set: u8::from(old.is_some()),
                ..PermissionChanged::default()
            },
        );
        Ok(0)
    }

    /// The last of step 6: without a word about the account, everything but the short marks.
    pub(super) fn check_right(
        &self,
        account: u32,
        instrument: u32,
        side: Side,
        ord_type: OrdType,
    ) -> Checked {
        let own = self.rights.get(&(account, instrument));
        let right = own.or(self.rights.get(&(account, 0)));
        let (sides, types) = match right {
            Some(right) => (right.sides, right.types),
            None => (side_bits::BUY | side_bits::SELL, type_bits::ALL),
        };
        let side = match side {
            Side::Buy => side_bits::BUY,
            Side::Sell => side_bits::SELL,
            Side::SellShort => side_bits::SHORT,
            Side::SellShortExempt => side_bits::SHORT_EXEMPT,
        };
        let of_type = match ord_type {
            OrdType::Market => type_bits::MARKET,
            OrdType::Limit => type_bits::LIMIT,
            OrdType::Stop => type_bits::STOP,
            OrdType::StopLimit => type_bits::STOP_LIMIT,
            OrdType::MarketToLimit => type_bits::MARKET_TO_LIMIT,
            OrdType::Pegged => type_bits::PEGGED,
        };
        let has = sides & side == side && types & of_type == of_type;
        refuse_if(!has, RejectCode::PermissionForbids)
    }

    pub(super) fn set_risk(&mut self, body: &AccountRisk) -> Done {
        let id = body.account.0;
        let account = self.accounts.get_mut(&id).ok_or(RejectCode::UnknownTarget)?;
        let reserved = body.spare != 0 || body.spare2.0 != [0; 3];
        bad_if(reserved || body.flags & !account_flags::ALL != 0)?;
        let was = account.risk.unwrap_or_default();
        let full = Bucket::full(body.rate_burst, self.now);
        account.bucket = match account.bucket {
            _ if body.rate_burst == UNLIMITED_32 => None,
            None => Some(full),
            Some(mut bucket) => {
                bucket.refill(was.rate_per_second, was.rate_burst, self.now);
                bucket.level = bucket.level.min(full.level);
                Some(bucket)
            }
        };
        let old = account.risk;
        self.watch(id, body);
        self.say_of(0, &risk_changed(body, old));
        Ok(0)
    }

    /// Step 3 of an account, where it is known: one of its messages.
    pub(super) fn take_of_account(&mut self, id: u32) -> Checked {
        let now = self.now;
        let account = self.accounts.get_mut(&id).expect("it is owned");
        let (Some(bucket), Some(risk)) = (&mut account.bucket, &account.risk) else {
            return Ok(());
        };
        if bucket.take(risk.rate_per_second, risk.rate_burst, now) {
            return Ok(());
        }
        let burst = i128::from(risk.rate_burst);
        let refusal = Refusal::from(RejectCode::AccountThrottled);
        Err(refusal.limit(LimitId::Rate, burst, burst, burst + 1).scope(Scope::Account, id))
    }
}
