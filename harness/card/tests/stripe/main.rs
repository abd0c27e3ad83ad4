//! The stripe's encoder, held to decoders that know nothing of it: one written from the standards in `oracle.rs`, and a published one.
#![allow(clippy::unwrap_used, reason = "test helpers")]

mod damage;
mod flux;
mod foreign;
mod oracle;

use payrig_card::stripe::StripeCard;

fn card() -> StripeCard {
    StripeCard::new("6212345678901232", "3012", "120", "0000012345678").unwrap()
}

const SECOND: &str = "6212345678901232=30121200000012345678";
