//! Which frames make a swipe, and which swipes count.

use embassy_futures::select::{Either, select};
use embassy_time::Timer;
use std::vec::Vec;

use super::card::{Hand, Random, TRACK_2, TRACK_3, sampled, track, transitions};
use crate::front_end::tests::frame;
use crate::front_end::{FrontEnd, Listeners, PrinterStatus};
use crate::slot::presence::Presence;
use crate::stripe::reader::{StripeReader, Swiped};

const CARD: &str = "6212345678901232D30121011234567890123";

fn flux(text: &str, length: f64) -> Vec<u16> {
    let places = transitions(&track(text), length);
    sampled(&Hand::steady(40.0).draw(&places, length, &mut Random(9)))
}

fn frames(track: u8, intervals: &[u16]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in intervals.chunks(1023) {
        let payload: Vec<u8> =
            std::iter::once(track).chain(chunk.iter().flat_map(|i| i.to_be_bytes())).collect();
        bytes.extend(frame(0x03, &payload));
    }
    bytes
}

/// How the swipe of these frames ends for a screen that waits for it, in milliseconds, and what stays.
fn swiped(line: &[u8]) -> Option<(Swiped, u64, usize, usize)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(payrig_host_time::run(async {
        let (stripe, printer, presence) =
            (StripeReader::default(), PrinterStatus::new(), Presence::default());
        let listeners = Listeners { printer: &printer, stripe: &stripe, presence: &presence };
        let mut front_end = FrontEnd::new(line);
        let listening = stripe.listen(true);
        let begin = embassy_time::Instant::now();
        let told = select(front_end.tamper_opened(listeners), listening.swiped());
        let Either::First(Either::Second(swiped)) = select(told, Timer::after_secs(5)).await else {
            return None;
        };
        let tracks = stripe.tracks();
        let lengths = [tracks.two.characters().len(), tracks.three.characters().len()];
        Some((swiped, begin.elapsed().as_millis(), lengths[0], lengths[1]))
    }))
}

#[test]
fn a_swipe_is_over_with_track_3_or_after_300_ms() {
    let two = frames(2, &flux(CARD, TRACK_2));
    let third = std::format!("996212345678901232D{}", "7".repeat(85));
    let three = frames(3, &flux(&third, TRACK_3));
    assert!(three.len() < 2000 && third.len() == 104);
    assert_eq!(swiped(&two), Some((Swiped::Read, 300, 37, 0)));
    assert_eq!(swiped(&[two.clone(), three.clone()].concat()), Some((Swiped::Read, 0, 37, 104)));
    assert_eq!(swiped(&[frames(1, &[500; 1500]), two.clone()].concat()), Some((Swiped::Read, 300, 37, 0)));
    assert_eq!(swiped(&[two, frame(0x03, &[3])].concat()), Some((Swiped::Read, 0, 37, 0)));
    assert_eq!(swiped(&three), Some((Swiped::NotRead, 0, 0, 0)));
    assert_eq!(swiped(&frame(0x03, &[1])), Some((Swiped::NotRead, 300, 0, 0)));
    assert_eq!(swiped(&frame(0x02, &[0])), None);
}

/// A frame goes on with a track only right behind a full one of the same track, and only once.
#[test]
fn a_track_may_come_in_two_frames() {
    let whole = flux(CARD, TRACK_2);
    let zeros = |count: usize| std::iter::repeat_n(whole[0], count);
    let long: Vec<u16> = zeros(900).chain(whole.iter().copied()).collect();
    assert!(long.len() > 1023);
    assert_eq!(swiped(&frames(2, &long)), Some((Swiped::Read, 300, 37, 0)));
    // The first frame is not full: it is a swipe of its own, and not one that is read.
    let [first, second] = [&frames(2, &long[..1000])[..], &frames(2, &long[1000..])[..]];
    assert_eq!(swiped(&[first, second].concat()), Some((Swiped::NotRead, 0, 0, 0)));
    // A third frame begins the next swipe.
    let longer: Vec<u16> = zeros(1800).chain(whole.iter().copied()).collect();
    assert_eq!(swiped(&frames(2, &longer)), Some((Swiped::NotRead, 0, 0, 0)));
    // The end of a track that is full is only known by silence.
    let full: Vec<u16> = zeros(1023 - whole.len()).chain(whole.iter().copied()).collect();
    assert_eq!(swiped(&frames(2, &full)), Some((Swiped::Read, 300, 37, 0)));
}

#[test]
fn a_track_that_was_over_begins_the_next_swipe() {
    let (good, bad) = (frames(2, &flux(CARD, TRACK_2)), frames(2, &[400; 300]));
    assert_eq!(swiped(&[bad.clone(), good.clone()].concat()), Some((Swiped::NotRead, 0, 0, 0)));
    assert_eq!(swiped(&[good.clone(), bad].concat()), Some((Swiped::Read, 0, 37, 0)));
    assert_eq!(swiped(&[good, frames(1, &[400; 10])].concat()), Some((Swiped::Read, 0, 37, 0)));
}

/// What begins before a screen waits, or ends when it waits no more, is another time's.
#[test]
fn a_swipe_counts_within_one_time_of_waiting() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(payrig_host_time::run(async {
        let (stripe, printer, presence) =
            (StripeReader::default(), PrinterStatus::new(), Presence::default());
        let listeners = Listeners { printer: &printer, stripe: &stripe, presence: &presence };
        let (one, two) = (frame(0x03, &[1]), frames(2, &flux(CARD, TRACK_2)));
        for (before, after) in [(one.clone(), two.clone()), (two.clone(), frame(0x03, &[3]))] {
            for waits_before in [false, true] {
                let mut first = FrontEnd::new(before.as_slice());
                let early = waits_before.then(|| stripe.listen(true));
                select(first.tamper_opened(listeners), Timer::after_millis(100)).await;
                drop(early);
                let listening = stripe.listen(true);
                let mut front_end = first.going_on_with(after.as_slice());
                let told = select(front_end.tamper_opened(listeners), listening.swiped());
                let heard = select(told, Timer::after_secs(1)).await;
                assert!(matches!(heard, Either::Second(())));
                assert!(stripe.tracks().two.characters().is_empty());
            }
        }
    }));
}

#[test]
fn what_nobody_takes_is_erased() {
    let stripe = StripeReader::default();
    let listening = stripe.listen(false);
    stripe.tracks_mut().two.read(&flux(CARD, TRACK_2));
    stripe.end(Swiped::Read);
    drop(listening);
    assert!(stripe.tracks().two.characters().is_empty());
}
