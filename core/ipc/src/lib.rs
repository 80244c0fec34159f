//! pinion-ipc
