//! pinion-journal
