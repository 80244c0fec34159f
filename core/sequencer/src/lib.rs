//! pinion-sequencer
