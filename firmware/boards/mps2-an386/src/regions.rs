//! The persistent memory that the linker has laid out, each range handed out once.
#![allow(
    unsafe_code,
    reason = "the ranges are statics that the linker script places; INTERFACE.md names the symbols"
)]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::persistent::Persistent;

#[repr(C, align(16))]
struct Region<const N: usize>(UnsafeCell<MaybeUninit<[u8; N]>>);

// SAFETY: the bytes are reached through the one `Persistent` that `take` and `last_words` describe.
unsafe impl<const N: usize> Sync for Region<N> {}

impl<const N: usize> Region<N> {
    const fn new() -> Self {
        Self(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// # Safety
    /// Nothing else in the program uses the region.
    const unsafe fn claim(&'static self) -> Persistent<'static> {
        // SAFETY: a static is valid for ever, and the caller promises that it is ours alone. The memory is
        // initialised: it is a file behind the emulator's PSRAM, which the program neither clears nor loads.
        unsafe { Persistent::from_raw(self.0.get().cast(), N) }
    }
}

// SAFETY (the four attributes): the section names are payrig.x's own, and the two symbols are used nowhere else.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".persistent.keystore")]
static PAYRIG_KEYSTORE: Region<0x2000> = Region::new();
#[unsafe(no_mangle)]
#[unsafe(link_section = ".persistent.journal")]
static PAYRIG_JOURNAL: Region<0x4_0000> = Region::new();
#[unsafe(link_section = ".persistent.journal_mark")]
static JOURNAL_MARK: Region<0x1000> = Region::new();
#[unsafe(link_section = ".persistent.board")]
static BOARD_RECORD: Region<0x1000> = Region::new();

/// The persistent memory of the board.
pub struct Regions {
    /// The key store's 8 KiB of battery-backed RAM.
    pub keystore: Persistent<'static>,
    /// The journal's 256 KiB of NOR flash.
    pub journal: Persistent<'static>,
    /// Where the NOR model's mark stands.
    pub journal_mark: Persistent<'static>,
    /// The board's own record: the seed of the random numbers and the account of the last fault.
    pub board_record: Persistent<'static>,
}

impl Regions {
    /// Hands the memory out, the first time it is asked for.
    pub fn take() -> Option<Self> {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        if TAKEN.swap(true, Ordering::Relaxed) {
            return None;
        }
        // SAFETY: `TAKEN` lets one caller come this far; `last_words` is for a program that has ended.
        unsafe {
            Some(Self {
                keystore: PAYRIG_KEYSTORE.claim(),
                journal: PAYRIG_JOURNAL.claim(),
                journal_mark: JOURNAL_MARK.claim(),
                board_record: BOARD_RECORD.claim(),
            })
        }
    }
}

/// The board's record, for the account of a fault.
///
/// # Safety
/// The program has ended: no other code runs again before the reset.
pub unsafe fn last_words() -> Persistent<'static> {
    // SAFETY: the caller promises that nobody else uses it any more.
    unsafe { BOARD_RECORD.claim() }
}
