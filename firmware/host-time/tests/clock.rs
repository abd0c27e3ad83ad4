//! embassy-time on tokio's clock: virtual hours, several boots, several threads.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::rc::Rc;

use embassy_futures::join::join;
use embassy_futures::select::{Either, select};
use embassy_time::{Duration, Instant, Timer, with_timeout};

fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

#[test]
fn eleven_thousand_hours_pass_on_a_paused_clock() {
    let hours = paused().block_on(payrig_host_time::run(async {
        for _ in 0..11_000 {
            Timer::after(Duration::from_secs(3600)).await;
        }
        Instant::now().as_secs() / 3600
    }));
    assert_eq!(hours, 11_000);
}

#[test]
fn timers_fire_in_order_and_never_early() {
    let order = Rc::new(RefCell::new(Vec::new()));
    let timer = async |millis: u64| {
        Timer::after_millis(millis).await;
        assert!(Instant::now().as_millis() >= millis);
        order.borrow_mut().push(millis);
    };
    paused().block_on(payrig_host_time::run(join(join(timer(30), timer(10)), timer(20))));
    assert_eq!(*order.borrow(), [10, 20, 30]);
}

#[test]
fn a_dropped_timer_disturbs_nothing() {
    paused().block_on(payrig_host_time::run(async {
        let first = select(Timer::after_secs(5), Timer::after_secs(3)).await;
        assert!(matches!(first, Either::Second(())));
        assert!(with_timeout(Duration::from_secs(60), core::future::pending::<()>()).await.is_err());
        assert_eq!(Instant::now().as_secs(), 63);
    }));
}

#[test]
fn every_boot_starts_at_zero() {
    paused().block_on(async {
        for _ in 0..3 {
            payrig_host_time::run(async {
                assert_eq!(Instant::now().as_ticks(), 0);
                Timer::after_secs(90).await;
            })
            .await;
        }
    });
}

#[test]
fn a_power_cut_leaves_no_timer_behind() {
    paused().block_on(async {
        let cut = tokio::time::timeout(
            std::time::Duration::from_secs(2),
            payrig_host_time::run(Timer::after_secs(1000)),
        );
        assert!(cut.await.is_err());
        assert_eq!(payrig_host_time::run(async { Instant::now().as_ticks() }).await, 0);
    });
}

#[test]
fn two_applications_on_one_thread_keep_their_own_time() {
    paused().block_on(async {
        let early = payrig_host_time::run(async {
            Timer::after_secs(10).await;
            Instant::now().as_secs()
        });
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
        let late = payrig_host_time::run(async {
            Timer::after_secs(10).await;
            Instant::now().as_secs()
        });
        let start = tokio::time::Instant::now();
        // The clock of `early` started seven seconds before it was first polled.
        assert_eq!(tokio::join!(early, late), (17, 10));
        assert_eq!(start.elapsed().as_secs(), 10);
    });
}

#[test]
fn runtimes_on_several_threads_do_not_interfere() {
    let threads: Vec<_> = (1..=4_u64)
        .map(|seconds| {
            std::thread::spawn(move || {
                paused().block_on(payrig_host_time::run(async move {
                    for step in 1..=2000 {
                        Timer::after_secs(seconds).await;
                        assert_eq!(Instant::now().as_secs(), step * seconds);
                    }
                }));
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn an_application_may_be_spawned_on_any_runtime() {
    fn assert_send<F: Send>(_: &F) {}
    paused().block_on(async {
        let run = payrig_host_time::run(async {
            Timer::after_millis(20).await;
            Instant::now().as_millis()
        });
        assert_send(&run);
        assert_eq!(tokio::spawn(run).await.unwrap(), 20);
    });
}
