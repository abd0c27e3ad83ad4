//! Every line of the rig on one clock; secrets become tokens before any sink.
//!
//! A [`Tape`] writes `tape.jsonl`: what each line carried, both ways, in order of time. Card numbers, track data, PINs and keys
//! that were registered with its [`Secrets`] are replaced by [`Token`]s on the way, in whatever form ([`Form`]) and however
//! they are cut into chunks. Who has the same secrets gets every byte back with [`restore()`].
//! [`read`] reads a tape, a [`Follower`] one that is being written; a [`PieceQueue`] is for whoever looks for messages in what a line carried.
//! [`HostCapture`] writes the conversation with the host as a pcapng file with secrets masked in place; [`leaks`] looks for
//! secrets in finished files, whole or cut into records, packets, rows and blocks of a chip card.
//!
//! ```
//! use payrig_tape::{Direction, Lens, Secret, SecretKind, Tape, leaks, read, render, restore};
//! use tokio::time::Instant;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?;
//! # let dir = dir.path();
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
//! # let _clock = runtime.enter();
//! let tape = Tape::create(dir, Instant::now())?;
//! tape.secrets().register(SecretKind::Pan, "pan#1", b"6212345678901232")?;
//! let key = b"\x5A\xA7\x1C\xDE\x0F\x93\xB4\x28\xE1\x6D\x37\xC9\x42\xFB\x80\x7E";
//! tape.secrets().add(Secret::new(SecretKind::Key, "PIK#1", key)?.with_label("kcv 900ECCE3"))?;
//!
//! let modem = tape.line("modem", Lens::Binary); // modem.wrap(stream) taps an AsyncRead + AsyncWrite
//! modem.record(Direction::FromTerminal, b"AT+CIPSEND=8\r\n\x62\x12\x34");
//! modem.record(Direction::FromTerminal, b"\x56\x78\x90\x12\x32");
//! tape.note("power", "off");
//! tape.finish()?;
//!
//! let recording = read(tape.path())?;
//! assert!(recording.complete);
//! let pieces = recording.stream("modem", Direction::FromTerminal);
//! assert_eq!(render(&pieces), "AT+CIPSEND=8\r\n{pan#1 621234******1232 bcd}");
//! assert!(restore(&pieces, tape.secrets())?.ends_with(b"\x62\x12\x34\x56\x78\x90\x12\x32"));
//! assert_eq!(leaks(dir, tape.secrets())?, []);
//! # Ok(())
//! # }
//! ```
//!
//! # The file
//!
//! One JSON object a line. `n` numbers the records, `t` is in nanoseconds since the tape's start.
//!
//! ```json
//! {"tape":1,"case":"sign-on/ok","rig":"sim"}
//! {"n":0,"t":0,"line":"modem","lens":"binary"}
//! {"n":1,"t":4000000,"line":"modem","dir":"from-terminal","data":["AT+CIPSEND=8\r\n",{"hex":"0a"},{"token":"pan#1","kind":"pan","show":"621234******1232","form":"bcd","nibbles":16}]}
//! {"n":2,"t":4000000,"note":"power","text":"off"}
//! {"n":3,"t":5000000,"end":"complete","events":1,"notes":1,"bytes":23}
//! ```
//!
//! - `data` is a list of pieces that follow each other without gap: a text, `{"hex"}`, a token, or `{"withheld": n}` for n bytes of a
//!   line without a lens. Packed digits may begin in the middle of a byte, so pieces are counted in nibbles, and a hex piece may have an odd number of digits.
//! - A token may be a stretch of its secret only: `from` is where it begins and `of` the whole length, in nibbles. A
//!   secret that went over the line in several chunks is a stretch in each, so that every byte keeps its time.
//!   The beginning of a secret whose rest never came is a stretch too, where it is longer than what may be shown (6 digits
//!   of a PAN or track, 3 bytes of a key, all but two digits of a PIN).
//! - On the line of a slot, `{"slot":"direct","data":[...]}` are whole characters of which a half at least is a secret's: what they say,
//!   before the line's escape and, where it says `inverse`, before the card's convention. With `"xor"`, it is one character: the exclusive or of
//!   those in `data` and of what `xor` says. So the LRC of a T=1 block that holds a secret is told, as it is the exclusive or of all characters, and
//!   four digits of a PIN are no more than a hundred when that of two bytes of them is known; so is a character that came harmed and came again. What is
//!   left of the block tells the `xor`, and nothing of the secret does.
//! - `case` of a token in hex tells how to write its letters: nothing for upper case, `lower`, or `U` and `l` for each character.
//!
//! # What waits, and what a kill loses
//!
//! Every record is written at once with one system call. Bytes that may be the beginning of a secret wait for
//! the next bytes of the same line and direction, for as long as that takes: a PIN typed slowly is found too, and no time limit gives a
//! part of it away; only the end of a frame does, on a line of frames. The rest of the chunk is written with `"more":true`, and its end later, after younger records.
//! [`Tape::finish`] writes what waits and puts the file in order. A killed process loses the waiting bytes and nothing
//! else; [`read`] puts what is left in order, and says `complete: false` and how many chunks have a part `missing`.
//!
//! # What is not promised
//!
//! A secret is found from its registration on: register it before it can go over a line. A secret written in a form that is not in [`Form`]
//! is not found. Nor is the rest of one on a slot's line behind a character that was lost or harmed and never came again. On a line of frames ([`Lens::Frames`]) a secret is looked for in each frame by itself. A PIN is short enough to be met by chance: restrict it to its lines with [`Secret::on_lines`].

mod activity;
mod capture;
mod capture_streams;
mod captured;
mod connection;
mod follower;
mod form;
mod frames;
mod growing;
mod host_stream;
mod leak;
mod lens;
mod line;
mod packet;
mod pattern;
mod pcapng;
mod piece;
mod piece_queue;
mod read;
mod record;
mod recording;
mod restore;
mod scan;
mod secret;
mod secrets;
mod shape;
mod sink;
mod slot;
mod stream;
mod stretch;
mod tape;
mod tape_streams;
mod tapped;
mod tidy;
mod token;

pub use activity::Activity;
pub use capture::{CaptureError, CaptureSummary, HostCapture, HostConnection};
pub use captured::{CaptureReadError, Sent, captured, is_capture};
pub use follower::Follower;
pub use form::Form;
pub use host_stream::HostStream;
pub use leak::{Leak, LeakError, Place, leaks, leaks_with_progress};
pub use lens::{Direction, Lens};
pub use piece::{Piece, join, render};
pub use piece_queue::PieceQueue;
pub use read::{ReadError, read};
pub use record::About;
pub use recording::{End, Entry, Event, Note, Recording};
pub use restore::{RestoreError, restore};
pub use secret::{Lines, Secret, SecretError, SecretKind};
pub use secrets::Secrets;
pub use slot::{Characters, Convention};
pub use tape::{LineTap, Summary, TAPE_FILE, Tape, TapeError};
pub use tapped::{Listener, Tapped};
pub use token::Token;
