//! The log: defmt where the feature `defmt` is on, else nothing.
//!
//! A log line never holds key bytes, a PAN or a PIN.

/// Logs a fact that whoever reads the trace of a terminal in the field wants to know.
macro_rules! info {
    ($format:literal $(, $argument:expr)* $(,)?) => {{
        #[cfg(feature = "defmt")]
        defmt::info!($format $(, $argument)*);
        #[cfg(not(feature = "defmt"))]
        let _ = ($(&$argument,)*);
    }};
}

pub(crate) use info;
