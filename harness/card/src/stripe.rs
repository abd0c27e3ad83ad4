//! A magnetic stripe that is swiped: track data, their bits, flux transitions, and the times at which these pass a head.
//!
//! Track data follow ISO/IEC 7813 (tracks 1 and 2) and ISO/IEC 4909 (track 3), characters and F2F encoding ISO/IEC 7811-2 and -6. A
//! [`Swipe`] says how a card passes the head and what is wrong with it; with a seed it makes a [`Flux`] of a [`StripeCard`]. The same seed makes
//! the same flux.
//!
//! ```
//! use payrig_card::stripe::{StripeCard, Swipe, series};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let card = StripeCard::new("6212345678901232", "3012", "120", "00000123")?;
//! let swipe = Swipe { speed: 40, jitter: 10, ..Swipe::default() };
//! for flux in series(&card, &swipe, 1, 3) {
//!     assert_eq!(flux?.tracks().len(), 3);
//! }
//! # Ok(())
//! # }
//! ```

mod bits;
mod card;
mod error;
mod fault;
mod flux;
mod motion;
mod payload;
mod series;
mod swipe;
mod track;
mod transitions;

pub use card::StripeCard;
pub use error::StripeError;
pub use fault::{Stop, StripeFault};
pub use flux::Flux;
pub use series::{series, swipes};
pub use swipe::{Swipe, Way};
pub use track::Track;
