//! pinion-bench
