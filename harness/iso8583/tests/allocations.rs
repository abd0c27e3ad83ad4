//! Reading a frame allocates nothing, writing one allocates the frame.
#![allow(clippy::unwrap_used, reason = "test helpers")]

#[path = "support/allocations.rs"]
mod allocations;
mod support;

use allocations::{Counting, counted};

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn the_counter_counts() {
    assert_eq!(counted(|| vec![0_u8; 100]).0, 1);
    assert_eq!(counted(|| String::from("a") + &"b".repeat(100)).0, 3);
}

#[test]
fn viewing_a_frame_allocates_nothing() {
    let cup = support::cup();
    for vector in support::vectors() {
        let (allocations, digits) = counted(|| {
            let view = cup.view(&vector.frame).unwrap();
            // Every field is looked at, too.
            view.fields().map(|f| f.nibbles().count() + f.data.len()).sum::<usize>() + view.mac_input().len()
        });
        assert!(digits > 0);
        assert_eq!(allocations, 0, "{}", vector.name);
    }
}

#[test]
fn encoding_a_frame_allocates_it_once() {
    let cup = support::cup();
    for vector in support::vectors() {
        let frame = cup.decode(&vector.frame).unwrap().frame;
        let (allocations, bytes) = counted(|| cup.encode(&frame).unwrap());
        assert_eq!(bytes, vector.frame);
        assert_eq!(allocations, 1, "{}", vector.name);
    }
}
