//! Losses of the day and drawdowns: what is told of them, who may only reduce, who is closed.

use pinion_types::codes::{
    CancelReason, LimitId, OrdStatus, OrdType, RawSide, Scope, Side, StpMode, TimeInForce,
    TradingState,
};
use pinion_types::command::{AccountRisk, UNLIMITED, UNLIMITED_32, account_flags};
use pinion_types::event::{Accepted, AccountAlert};
use pinion_types::{AccountId, InstrumentId, OrderId, Px, Qty, RejectCode};

use super::Model;
use super::refusal::{Checked, MONEY, Refusal, clamp, money_down, money_up};
use super::tables::{Account, Order};

/// The limits of losses, in the order in which they are looked at.
const KINDS: [LimitId; 2] = [LimitId::DailyLoss, LimitId::Drawdown];

/// Where the venue's own numbers of orders begin.
const OWN_ORDERS: u64 = 1 << 63;

impl Account {
    fn is_watched(&self) -> bool {
        self.risk.is_some_and(|it| {
            it.daily_loss_max != UNLIMITED
                || it.daily_loss_bps != UNLIMITED_32
                || it.drawdown_max != UNLIMITED
        })
    }

    /// The limit of a kind of loss, in 1e-8.
    fn loss_limit(&self, kind: usize) -> Option<i128> {
        let risk = self.risk?;
        let money = |max: u64| (max != UNLIMITED).then(|| i128::from(max) * MONEY);
        if kind == 1 {
            return money(risk.drawdown_max);
        }
        // A share so large that it does not fit is none.
        let share = || self.start.max(0).checked_mul(i128::from(risk.daily_loss_bps));
        let share = (risk.daily_loss_bps != UNLIMITED_32).then(share).flatten();
        money(risk.daily_loss_max).into_iter().chain(share.map(|it| it / 10_000)).min()
    }

    /// A kind of loss, in 1e-8.
    fn loss(&self, kind: usize, equity: i128) -> i128 {
        [self.start, self.peak][kind] - equity
    }
}

/// True where a loss is at a percentage of its limit.
fn reaches(loss: i128, limit: i128, percent: u16) -> bool {
    let percent = i128::from(percent);
    let level = limit / 100 * percent - (-(limit % 100) * percent).div_euclid(100);
    loss > 0 && loss >= level
}

impl Model {
    /// New limits of losses: the alerts begin anew, the day's begin only where there were none.
    pub(super) fn watch(&mut self, id: u32, body: &AccountRisk) {
        let equity = self.equity(id);
        let account = self.accounts.get_mut(&id).expect("it is known");
        let was_watched = account.is_watched();
        account.risk = Some(*body);
        account.told = [0; 2];
        if !was_watched {
            (account.start, account.peak) = (equity, equity);
        }
        self.stirred.insert(id);
    }

    /// Cash that comes or goes is neither profit nor loss.
    pub(super) fn shift(&mut self, id: u32, amount: i128) {
        let account = self.accounts.get_mut(&id).expect("it is known");
        if account.is_watched() {
            account.start += amount;
            account.peak += amount;
        }
        self.stirred.insert(id);
    }

    /// A new day: losses count from here on; a drawdown is not forgiven.
    pub(super) fn begin_day(&mut self) {
        let ids: Vec<u32> = self.accounts.keys().copied().collect();
        for id in ids {
            let account = self.accounts.get_mut(&id).expect("it is known");
            let ends = std::mem::take(&mut account.close_only[0]);
            if ends || account.is_watched() {
                self.begin(id);
            }
        }
    }

    /// An account that may trade again.
    pub(super) fn reopen(&mut self, id: u32) {
        let account = self.accounts.get_mut(&id).expect("it is known");
        if account.close_only != [false; 2] {
            account.close_only = [false; 2];
            self.begin(id);
        }
    }

    fn begin(&mut self, id: u32) {
        let equity = self.equity(id);
        let account = self.accounts.get_mut(&id).expect("it is known");
        (account.start, account.peak, account.told) = (equity, equity, [0; 2]);
    }

    /// Step 16: who may only reduce does not increase.
    pub(super) fn check_close_only(&self, new: &Order, old: Option<&Order>) -> Checked {
        let account = &self.accounts[&new.account];
        if account.close_only == [false; 2] || !self.increases(new, old) {
            return Ok(());
        }
        let kind = usize::from(!account.close_only[0]);
        let limit = account.loss_limit(kind).map_or(i128::from(i64::MAX), money_down);
        let loss = money_up(account.loss(kind, self.equity(new.account)));
        let refusal = Refusal::from(RejectCode::CloseOnly).scope(Scope::Account, new.account);
        Err(refusal.limit(KINDS[kind], limit, loss, loss))
    }

    /// Looks at the losses of every account, the lowest first, until nothing follows any more.
    pub(super) fn judge_all(&mut self) {
        let ids: Vec<u32> = self.accounts.keys().copied().collect();
        while ids.iter().any(|id| self.accounts[id].is_watched() && self.judge_one(*id)) {}
    }

    /// Looks at one account, and lets start what starts by that.
    fn judge_one(&mut self, id: u32) -> bool {
        let follows = self.judge(id);
        self.elections();
        follows
    }

    /// Tells what an account has come to; true where it was stopped.
    fn judge(&mut self, id: u32) -> bool {
        let equity = self.equity(id);
        let account = self.accounts.get_mut(&id).expect("it is known");
        account.peak = account.peak.max(equity);
        let mut stopped = false;
        for (kind, limit_id) in KINDS.into_iter().enumerate() {
            let account = self.accounts.get_mut(&id).expect("it is known");
            let Some(limit) = account.loss_limit(kind) else { continue };
            let loss = account.loss(kind, equity);
            if !reaches(loss, limit, 60) {
                account.told[kind] = 0;
            }
            let told = account.told[kind];
            let levels = [70, 80, 100].into_iter();
            let new: Vec<u16> =
                levels.filter(|it| *it > told && reaches(loss, limit, *it)).collect();
            for percent in new {
                let account = self.accounts.get_mut(&id).expect("it is known");
                account.told[kind] = percent;
                account.close_only[kind] |= percent == 100;
                stopped |= percent == 100;
                let alert = AccountAlert {
                    account: AccountId(id),
                    limit_id: limit_id.into(),
                    is_close_only: u8::from(percent == 100),
                    percent,
                    current: clamp(money_up(loss)),
                    limit: clamp(money_down(limit)),
                    ..AccountAlert::default()
                };
                self.say_of(0, &alert);
            }
        }
        if stopped {
            self.stop(id);
            return true;
        }
        self.flattens(id) && self.stirred.contains(&id) && self.flatten_again(id)
    }

    /// Whoever ever ordered in an instrument has a reason to be closed again.
    pub(super) fn stir(&mut self, instrument: u32, only_open: bool) {
        let open = self
            .positions
            .iter()
            .filter(|((_, of), it)| *of == instrument && (it.qty != 0 || !only_open));
        let accounts: Vec<u32> = open.map(|((account, _), _)| *account).collect();
        self.stirred.extend(accounts);
    }

    /// Whether whatever the account has is to be closed.
    fn flattens(&self, id: u32) -> bool {
        let account = &self.accounts[&id];
        let wanted = account.risk.is_some_and(|it| it.flags & account_flags::FLATTEN != 0);
        wanted && account.close_only != [false; 2]
    }

    /// Tries to close what is left, where somebody is there; false where this command has tried.
    fn flatten_again(&mut self, id: u32) -> bool {
        if !self.tried.insert(id) {
            return false;
        }
        for instrument in self.held(id) {
            let qty = self.positions[&(id, instrument)].qty;
            let trades = self.may_close(id, instrument);
            if trades && qty != 0 && self.best_px(instrument, qty > 0).is_some() {
                self.cancel_where(CancelReason::CloseOnly, |order| {
                    order.account == id && order.instrument == instrument
                });
                self.flatten(id, instrument);
            }
        }
        true
    }

    fn held(&self, id: u32) -> Vec<u32> {
        self.positions.keys().filter(|(of, _)| *of == id).map(|(_, of)| *of).collect()
    }

    /// Cancels what could increase; closes what is held, where that is wanted.
    fn stop(&mut self, id: u32) {
        let risk = self.accounts[&id].risk.expect("it is watched");
        let flatten = risk.flags & account_flags::FLATTEN != 0;
        let kept = if flatten { Vec::new() } else { self.reducing(id) };
        self.cancel_where(CancelReason::CloseOnly, |order| {
            order.account == id && !kept.contains(&order.id) && (flatten || !order.counts_nothing())
        });
        if !flatten {
            return;
        }
        self.tried.insert(id);
        for instrument in self.held(id) {
            self.flatten(id, instrument);
        }
    }

    /// Orders that can only bring a position nearer to flat, all of them together.
    fn reducing(&self, account: u32) -> Vec<u64> {
        let mut kept: Vec<&Order> = Vec::new();
        // Oldest first.
        let own = |it: &&Order| it.account == account && !it.counts_nothing();
        for order in self.orders.iter().filter(own) {
            let key = (account, order.instrument);
            let position = self.positions.get(&key).map_or(0, |it| it.qty);
            let beside = kept.iter().filter(|it| it.instrument == order.instrument);
            let beside: u64 = beside.map(|it| it.leaves()).sum();
            let reduces = order.side.is_buy() == (position < 0);
            if reduces && i128::from(beside + order.leaves()) <= position.abs() {
                kept.push(order);
            }
        }
        kept.iter().map(|order| order.id).collect()
    }

    /// Whether the venue may trade for an account in an instrument.
    fn may_close(&self, account: u32, instrument: u32) -> bool {
        let of = &self.instruments[&instrument];
        let firm = self.accounts[&account].def.firm.0;
        let blocked = self.blocked
            || self.firms[&firm].blocked
            || self.accounts[&account].blocked
            || of.blocked
            || self.broken.contains(&instrument)
            || self.short;
        of.state == TradingState::Continuous && !blocked
    }

    /// An order of the venue that closes a position, as far as somebody is there.
    fn flatten(&mut self, account: u32, instrument: u32) {
        let of = &self.instruments[&instrument];
        let position = self.positions[&(account, instrument)].qty;
        if position == 0 || !self.may_close(account, instrument) {
            return;
        }
        let side = if position > 0 { Side::Sell } else { Side::Buy };
        let opposite = self.best_px(instrument, !side.is_buy());
        let Some(from) = opposite.or(of.reference()) else { return };
        let lot = i128::from(of.def.lot.0);
        let most = of.qty_max().div_euclid(lot) * lot;
        let mut order = Order {
            id: OWN_ORDERS + self.events + 1,
            session: 0,
            cl_ord_id: 0,
            user_data: 0,
            account,
            instrument,
            side,
            ord_type: OrdType::Market,
            tif: TimeInForce::ImmediateOrCancel,
            stp_mode: StpMode::None,
            stp_key: self.stp_key(account, 0),
            cod: None,
            post: None,
            expire_time: 0,
            px: 0,
            qty: u64::try_from(position.abs().min(most)).expect("an order's quantity"),
            cum: 0,
            prevented: 0,
            is_hidden: false,
            is_reduce_only: false,
            min_qty: 0,
            display: 0,
            shown: 0,
            stop_px: 0,
            is_suspended: false,
            trail: None,
            peg: None,
            protection_ticks: 0,
            stands: (0, 0),
            turn: 0,
            link: None,
        };
        order.px = self.protected(&order, from);
        let accepted = Accepted {
            order_id: OrderId(order.id),
            px: Px(order.px),
            qty: Qty(order.qty),
            instrument: InstrumentId(instrument),
            account: AccountId(account),
            side: RawSide::from(side),
            ord_type: order.ord_type.into(),
            time_in_force: order.tif.into(),
            stp_mode: order.stp_mode.into(),
            ord_status: OrdStatus::New.into(),
            ..Accepted::default()
        };
        self.say_of(0, &accepted);
        if opposite.is_none() {
            self.gone(order, CancelReason::NoLiquidity, None);
        } else {
            self.incoming(order);
        }
    }
}
