//! pinion-tests
