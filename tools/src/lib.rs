//! pinion
