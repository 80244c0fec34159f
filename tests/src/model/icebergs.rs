//! Icebergs: what they may show, and how the next part comes.

use pinion_types::RejectCode;

use super::Model;
use super::refusal::{Checked, refuse_if};
use super::tables::Instrument;

/// Parts of one order where the instrument does not say.
const TRANCHES_MAX: u32 = 1_000;

impl Model {
    /// Fills a maker. An iceberg that has shown all of its part goes to the back with the next.
    pub(super) fn take(&mut self, index: usize, qty: u64) {
        let maker = &mut self.orders[index];
        maker.cum += qty;
        if maker.display == 0 {
            return;
        }
        maker.shown -= qty;
        if maker.shown == 0 {
            self.turns += 1;
            maker.turn = self.turns;
            maker.shown = maker.display.min(maker.leaves());
        }
    }
}

impl Instrument {
    /// Step 10: what an order of `qty` may show; 0 where it shows all.
    pub fn checked_display(&self, display: u64, qty: u64) -> Checked<u64> {
        let code = RejectCode::DisplayQty;
        refuse_if(display > qty || !display.is_multiple_of(self.def.lot.0), code)?;
        if display == 0 || display == qty {
            return Ok(0);
        }
        let set = self.rules.tranches_max;
        let most = if set == 0 { TRANCHES_MAX } else { set };
        refuse_if(qty.div_ceil(display) > u64::from(most), code)?;
        let least = u128::from(qty) * u128::from(self.rules.display_min_bps);
        refuse_if(u128::from(display) * 10_000 < least, code)?;
        Ok(display)
    }
}
