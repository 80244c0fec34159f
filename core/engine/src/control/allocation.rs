//! How an instrument shares a price among its orders, and its market makers (rule O11).

use pinion_types::command::{Allocation, MakerShare};
use pinion_types::{InstrumentId, RejectCode};

use crate::engine::Engine;
use crate::tables::{Sharing, extras};

impl Engine {
    /// Another algorithm, from the next command on.
    pub(super) fn set_allocation(&mut self, body: &Allocation) -> Result<(), RejectCode> {
        let index = self.shared_index(body.instrument)?;
        let lot = self.instruments[index].lot.divisor();
        self.change_sharing(index, |it| it.set(body, lot))?;
        let instrument = &mut self.instruments[index];
        if self.sharings[index].is_special() {
            instrument.extras |= extras::SHARED;
        } else {
            instrument.extras &= !extras::SHARED;
        }
        Ok(())
    }

    /// The part of a market maker.
    pub(super) fn set_maker_share(&mut self, body: &MakerShare) -> Result<(), RejectCode> {
        let index = self.shared_index(body.instrument)?;
        let account = self.known_account(body.account)?;
        self.change_sharing(index, |it| it.set_maker(body, account))
    }

    /// An instrument has another lot: quantities that were said in the old one mean nothing.
    pub(super) fn forget_shared_quantities(&mut self, index: usize) {
        let done = self.change_sharing(index, |it| {
            it.forget_quantities();
            Ok(())
        });
        assert!(done.is_ok(), "nothing is refused");
    }

    fn shared_index(&self, instrument: InstrumentId) -> Result<usize, RejectCode> {
        if self.is_instrument(instrument) {
            Ok(instrument.0 as usize - 1)
        } else {
            Err(RejectCode::UnknownTarget)
        }
    }

    /// Changes how an instrument shares; refused, that changes nothing.
    fn change_sharing(
        &mut self,
        index: usize,
        change: impl FnOnce(&mut Sharing) -> Result<(), RejectCode>,
    ) -> Result<(), RejectCode> {
        let id = index as u64 + 1;
        let hash = |it: &Sharing| it.hash(id).wrapping_add(it.tops_hash(id));
        let sharing = &mut self.sharings[index];
        let before = hash(sharing);
        let done = change(sharing);
        self.hash = self.hash.wrapping_sub(before).wrapping_add(hash(sharing));
        done
    }
}
