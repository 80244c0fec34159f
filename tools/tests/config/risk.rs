//! Limits of the venue and of sessions, losses, rates and rights of accounts.

use pinion_types::CommandRef;

use super::{check_error, check_error_at, commands, edited, machine};

/// Everything that can be said of risk.
const RISK: &[(&str, &str)] = &[
    ("# [limits]\n# open_orders_max = 100000", "[limits]\nopen_orders_max = 100000"),
    (
        "rights = []",
        "rights = [{ sides = [\"buy\", \"sell-short\"], types = [\"limit\", \"stop\"] }]",
    ),
    (
        "# [accounts.risk]\n# daily_loss_max = \"50000\"\n# daily_loss_bps = 600",
        "[accounts.risk]\ndaily_loss_max = \"50000\"\ndaily_loss_bps = 600\nflatten = true",
    ),
    ("# [sessions.limits]\n# open_orders_max = 500", "[sessions.limits]\norder_qty_max = 500"),
];

#[test]
fn risk_becomes_commands_behind_what_it_is_about() {
    let dir = tempfile::tempdir().expect("a directory");
    let loaded = edited(dir.path(), RISK).expect("it can be read");
    assert_eq!(loaded.check(&machine()).errors, []);
    let (mut venue, mut sessions, mut rights, mut risks) = (0, 0, 0, 0);
    for command in commands(dir.path(), RISK) {
        match command.view() {
            Some(CommandRef::LimitsSet(it)) if it.scope == pinion_types::Scope::Global.into() => {
                assert_eq!((it.id, it.open_orders_max, it.long_max), (0, 100_000, u64::MAX));
                venue += 1;
            }
            Some(CommandRef::LimitsSet(it)) if it.scope == pinion_types::Scope::Session.into() => {
                assert_eq!((it.id, it.order_qty_max, it.open_orders_max), (1, 500, u32::MAX));
                sessions += 1;
            }
            Some(CommandRef::AccountPermission(it)) => {
                assert_eq!((it.account.0, it.instrument.0, it.sides, it.types), (1, 0, 5, 6));
                rights += 1;
            }
            Some(CommandRef::AccountRisk(it)) => {
                assert_eq!((it.account.0, it.flags, it.daily_loss_bps), (1, 1, 600));
                assert_eq!((it.daily_loss_max, it.drawdown_max), (500_000_000, u64::MAX));
                risks += 1;
            }
            _ => {}
        }
    }
    assert_eq!((venue, sessions, rights, risks), (1, 1, 1, 1));
}

#[test]
fn slips_in_risk_name_what_would_be_right() {
    check_error(
        "rights = []",
        "rights = [{ sides = [\"long\"], types = [\"limit\"] }]",
        "`long` is no side: say buy, sell, sell-short, sell-short-exempt",
    );
    check_error(
        "rights = []",
        "rights = [{ sides = [\"buy\"], types = [\"iceberg\"] }]",
        "`iceberg` is no type of orders: \
         say market, limit, stop, stop-limit, market-to-limit or pegged",
    );
    check_error(
        "rights = []",
        "rights = [{ instrument = 9, sides = [], types = [] }]",
        "there is no instrument 9; 0 is all of them",
    );
    check_error_at(
        "# [accounts.risk]\n",
        "[accounts.risk]\ndaily_loss_bps = 10001\n",
        "daily_loss_bps = 10001",
        "is more than all there is: at most 10000, or \"unlimited\"",
    );
    check_error_at(
        "# [accounts.risk]\n",
        "[accounts.risk]\nrate_per_second = 1\n",
        "rate_per_second = 1\n",
        "holds only with rate_burst, which is not said",
    );
    check_error_at(
        "# [limits]\n",
        "[limits]\nopen_notional_max = \"-1\"\n",
        "open_notional_max = \"-1\"",
        "limits.open_notional_max does not fit a limit: from 0 to 1,844,674,407,370,955",
    );
}
