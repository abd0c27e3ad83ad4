//! A host that answers with the published sign-on answer, its field 62 replaced by the vectors' layout 004.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use serde_json::Value;

/// Bytes of field 62 with its length, at the end of the published answer.
const FIELD_62: usize = 42;

/// The host.
pub struct Host {
    /// Every request.
    pub requests: RefCell<Vec<Vec<u8>>>,
    /// Field 62 of the next answers.
    pub key_field: RefCell<Vec<u8>>,
    /// Field 60.2 of the next answers, packed.
    pub batch: Cell<[u8; 3]>,
    /// Field 39 of the next answers.
    pub response_code: Cell<[u8; 2]>,
    /// Whether it answers at all.
    pub silent: Cell<bool>,
    /// A bit pattern that damages the next answers' terminal id.
    pub terminal_id_flip: Cell<u8>,
}

impl Default for Host {
    fn default() -> Self {
        Self {
            requests: RefCell::default(),
            key_field: RefCell::new(
                hex::decode(vector("cup_working_keys_constructed", "track_004", "/outputs/field62")).unwrap(),
            ),
            batch: Cell::new([0x00, 0x05, 0x19]),
            response_code: Cell::new(*b"00"),
            silent: Cell::new(false),
            terminal_id_flip: Cell::new(0),
        }
    }
}

impl Host {
    /// Takes a frame and answers it.
    pub fn answer(&self, request: &[u8]) -> Option<Vec<u8>> {
        self.requests.borrow_mut().push(request.to_vec());
        if self.silent.get() {
            return None;
        }
        let published = vector("cup_frames", "easy8583_signin_rsp", "/inputs/frame");
        let mut answer = hex::decode(published).unwrap();
        let field_62_at = answer.len() - FIELD_62;
        assert_eq!(answer[field_62_at..field_62_at + 2], [0x00, 0x40]);
        // Field 11 is the first field of both.
        let stan = request[23..26].to_vec();
        answer[23..26].copy_from_slice(&stan);
        let code_at = find(&answer, b"00999999");
        answer[code_at..code_at + 2].copy_from_slice(&self.response_code.get());
        answer[code_at + 2] ^= self.terminal_id_flip.get();
        // Field 60: its length, 60.1, 60.2.
        let batch_at = find(&answer, &[0x00, 0x11, 0x00, 0x00, 0x05, 0x19]) + 3;
        answer[batch_at..batch_at + 3].copy_from_slice(&self.batch.get());
        answer.truncate(field_62_at);
        let key_field = self.key_field.borrow();
        answer.extend(hex::decode(format!("{:04}", key_field.len())).unwrap());
        answer.extend(key_field.iter());
        let length = u16::try_from(answer.len() - 2).unwrap();
        answer[..2].copy_from_slice(&length.to_be_bytes());
        Some(answer)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

/// A value of a shared vector, by file, name and JSON pointer.
pub fn vector(file: &str, name: &str, pointer: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/vectors/{file}.json"));
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let case = cases.iter().find(|case| case["name"] == name).unwrap();
    case.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}
