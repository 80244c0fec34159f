//! Random commands of risk: few cash, tight margins, small losses, so that everything binds.

use pinion_types::command::{
    AccountDef, AccountPermission, InstrumentRules, LimitsSet, Mark, account_flags, side_bits,
    type_bits,
};
use pinion_types::text::Chars;
use pinion_types::{AccountId, AccountKind, Amount, Command, InstrumentId, MarkKind, Scope, Side};

use super::dice::Dice;
use super::{Desk, account, no_risk, px, unlimited};

/// The next command of a life with risk: most are orders, some of them marked short.
pub fn command(dice: &mut Dice, desk: &mut Desk) -> Command {
    if dice.below(10) > 0 {
        let command = dice.command(desk);
        return if dice.below(12) == 0 { marked(dice, command) } else { command };
    }
    let id = 1 + dice.below(5) as u32;
    let firm = if id == 5 { 2 } else { 1 };
    match dice.below(12) {
        0..=2 => super::steering(&Mark {
            instrument: InstrumentId(1 + dice.below(2) as u32),
            kind: if dice.below(4) == 0 { MarkKind::Settlement } else { MarkKind::Mark }.into(),
            px: px(90 + dice.below(20) as i64),
            ..Mark::default()
        }),
        3 => super::steering(&AccountDef {
            kind: if dice.below(2) == 0 { AccountKind::Cash } else { AccountKind::Margin }.into(),
            maker_fee: dice.below(20_000) as i32 - 10_000,
            taker_fee: dice.below(20_000) as i32 - 5_000,
            ..account(id, firm)
        }),
        4..=5 => super::steering(&pinion_types::command::CashMove {
            account: AccountId(id),
            currency: Chars::new("USD"),
            amount: Amount::from((i128::from(dice.below(20_000)) - 5_000) * 100_000_000),
            ..Default::default()
        }),
        6..=7 => risk(dice, id),
        8 => super::steering(&AccountPermission {
            account: AccountId(id),
            instrument: InstrumentId(dice.below(3) as u32),
            sides: if dice.below(4) == 0 { dice.below(16) as u8 } else { side_bits::ALL },
            types: if dice.below(4) == 0 { dice.below(32) as u8 } else { type_bits::ALL },
            ..AccountPermission::default()
        }),
        9 => super::steering(&InstrumentRules {
            instrument: InstrumentId(1 + dice.below(2) as u32),
            margin_initial_bps: [0, 500, 3_333][dice.below(3) as usize],
            mark_age_ms: [0, 0, 5][dice.below(3) as usize],
            ..InstrumentRules::default()
        }),
        10 => super::steering(&levels(dice)),
        // Whoever was stopped goes on.
        _ => {
            let scope = Scope::Account.into();
            super::steering(&pinion_types::command::Release { scope, id, ..Default::default() })
        }
    }
}

fn risk(dice: &mut Dice, id: u32) -> Command {
    let mut body = no_risk(id);
    if dice.below(3) > 0 {
        body.daily_loss_bps = 1 + dice.below(2_000) as u32;
    }
    if dice.below(3) == 0 {
        body.daily_loss_max = dice.below(20_000_000);
    }
    if dice.below(3) == 0 {
        body.drawdown_max = dice.below(20_000_000);
    }
    if dice.below(2) == 0 {
        body.flags = account_flags::FLATTEN;
    }
    if dice.below(4) == 0 {
        (body.rate_per_second, body.rate_burst) = (2_000, dice.below(4) as u32);
        (body.cancel_rate_per_second, body.cancel_rate_burst) = (2_000, 1);
    }
    super::steering(&body)
}

fn levels(dice: &mut Dice) -> LimitsSet {
    let (scope, id) =
        if dice.below(2) == 0 { (Scope::Global, 0) } else { (Scope::Session, 1 + dice.below(3)) };
    let all = unlimited(scope, id as u32);
    if dice.below(2) == 0 {
        return all;
    }
    LimitsSet {
        open_orders_max: 5 + dice.below(40) as u32,
        order_qty_max: 10 + dice.below(20),
        open_notional_max: dice.below(1 << 28),
        ..all
    }
}

/// A new order becomes a short sale, where it is one.
fn marked(dice: &mut Dice, command: Command) -> Command {
    use pinion_types::command::NewOrder;
    let Some(order) = command.body::<NewOrder>() else { return command };
    let side = if dice.below(4) == 0 { Side::SellShortExempt } else { Side::SellShort };
    let header = command.header();
    let body = NewOrder { side: side.into(), ..*order };
    let mut short = Command::new(header.session, header.src_seq, &body);
    short.set_source(header.source);
    short
}
