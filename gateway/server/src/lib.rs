//! pinion-gateway
