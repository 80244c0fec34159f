//! pinion-engine
