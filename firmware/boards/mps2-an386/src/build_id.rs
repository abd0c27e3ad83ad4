//! The image's GNU build id, as the linker has written it into flash.
#![allow(unsafe_code, reason = "the note is placed by the linker and known by a symbol alone")]

/// An ELF note (System V ABI, "Note Section") that holds a SHA-1 build id of the owner `GNU`.
#[repr(C)]
struct Note {
    owner_length: u32,
    id_length: u32,
    kind: u32,
    owner: [u8; 4],
    id: [u8; 20],
}

const NT_GNU_BUILD_ID: u32 = 3;

unsafe extern "C" {
    static PAYRIG_BUILD_ID: Note;
}

/// The build id; `None` if the linker wrote a note of another kind.
pub fn build_id() -> Option<[u8; 20]> {
    // SAFETY: payrig.x places the note section at the symbol, aligned to 4 bytes; the linker is asked for a SHA-1 id,
    // whose note is as long as `Note`. Read as volatile, since the linker, not the compiler, knows the bytes.
    let note = unsafe { (&raw const PAYRIG_BUILD_ID).read_volatile() };
    let expected = note.kind == NT_GNU_BUILD_ID
        && note.owner == *b"GNU\0"
        && note.owner_length == 4
        && note.id_length == 20;
    expected.then_some(note.id)
}
