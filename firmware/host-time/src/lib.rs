//! embassy-time on tokio's clock, for firmware compiled natively.
//!
//! [`run`] runs one application future on a time base of its own: `embassy_time::Instant::now()` is zero when it
//! begins, and timers follow tokio's clock. On a paused clock tokio moves on to the next alarm as soon as every task
//! is idle, so that hours of waiting take microseconds.
//!
//! Nothing is shared: the time base is in place only while the application is polled. A rebooted application, several
//! applications on one thread and runtimes on several threads each have their own. Outside [`run`],
//! `embassy_time::Instant::now()` is zero and a timer never fires.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! use embassy_time::{Duration, Instant, Timer};
//!
//! let up_time = payrig_host_time::run(async {
//!     Timer::after(Duration::from_secs(3600)).await;
//!     Instant::now().as_secs()
//! })
//! .await;
//! assert_eq!(up_time, 3600);
//! # });
//! ```

mod driver;
mod run;

pub use run::{Run, run};
