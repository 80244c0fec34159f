//! What a trader, a risk officer or an auditor would say of the venue, each as one sentence that
//! must hold in every random life of it: commands in, events out, nothing taken from the engine's
//! own checks.
//!
//! A sentence that was never put to the test proves nothing, so each counts how often it was and
//! fails where that is too rare. `PINION_SEED` lives one life again.
#![forbid(unsafe_code)]

mod lives;

mod ledger;

mod orders;

mod matching;

mod stops;

mod links;

mod following;

mod money;

mod corrections;

mod risk;

mod cancels;

mod restart;
