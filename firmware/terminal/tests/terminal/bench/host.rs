//! A host that answers with the published sign-on answer, its field 62 replaced by the vectors' layout 004.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;

use des::cipher::{Array, BlockCipherEncrypt, KeyInit};
use serde_json::Value;

use super::transaction;

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
    /// Messages that it does not answer, by the first byte of their MTI.
    pub deaf_to: Cell<Option<u8>>,
    /// Field 55 of its next answers to transactions.
    pub issuer_data: RefCell<Vec<u8>>,
    /// A bit pattern that damages the next answers' terminal id.
    pub terminal_id_flip: Cell<u8>,
    /// Fields 13 and 12 of the next answers, packed.
    pub time: Cell<[u8; 5]>,
    /// The processing request in the header of the next answers.
    pub processing_request: Cell<u8>,
    /// The TMK under which each sign-on brings other keys; without one it brings what `key_field` says.
    pub renews_under: Cell<Option<[u8; 16]>>,
    /// Whether these are keys of SM4.
    pub issues_sm4: Cell<bool>,
    /// PIK, MAK and TDK that it issued last: 16, 8 and 16 bytes, or 16 each of SM4.
    pub issued: RefCell<[Vec<u8>; 3]>,
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
            deaf_to: Cell::default(),
            issuer_data: RefCell::default(),
            terminal_id_flip: Cell::new(0),
            time: Cell::new([0x07, 0x20, 0x22, 0x13, 0x01]),
            processing_request: Cell::new(0),
            renews_under: Cell::default(),
            issues_sm4: Cell::new(false),
            issued: RefCell::default(),
        }
    }
}

impl Host {
    /// Takes a frame and answers it.
    pub fn answer(&self, request: &[u8]) -> Option<Vec<u8>> {
        self.requests.borrow_mut().push(request.to_vec());
        if self.silent.get() || self.deaf_to.get() == Some(request[13]) {
            return None;
        }
        if matches!(request[13..15], [0x02 | 0x04, 0x00] | [0x06, 0x20]) {
            // Without keys of its own it has none for a MAC.
            let has_keys = !self.issued.borrow()[1].is_empty();
            return Some(if has_keys { transaction::answer(request, self) } else { decline(request) });
        }
        self.renew_keys();
        let published = vector("cup_frames", "easy8583_signin_rsp", "/inputs/frame");
        let mut answer = hex::decode(published).unwrap();
        let field_62_at = answer.len() - FIELD_62;
        assert_eq!(answer[field_62_at..field_62_at + 2], [0x00, 0x40]);
        // Field 11 is the first field of both.
        let stan = request[23..26].to_vec();
        answer[23..26].copy_from_slice(&stan);
        let [month, day, time @ ..] = self.time.get();
        answer[26..29].copy_from_slice(&time);
        answer[29..31].copy_from_slice(&[month, day]);
        answer[9] |= self.processing_request.get();
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

    /// The message types of all requests.
    pub fn asked(&self) -> Vec<String> {
        self.requests.borrow().iter().map(|request| hex::encode(&request[13..15])).collect()
    }

    /// Issues these keys from now on.
    pub fn issue(&self, tmk: &[u8; 16], keys: [Vec<u8>; 3]) {
        let field = if self.issues_sm4.get() { sm4_key_field(tmk, &keys) } else { key_field(tmk, &keys) };
        self.key_field.replace(field);
        self.issued.replace(keys);
    }

    fn renew_keys(&self) {
        // A host that does not know this terminal issues nothing to it.
        let issues = self.response_code.get() == *b"00" && self.terminal_id_flip.get() == 0;
        if let Some(tmk) = self.renews_under.get().filter(|_| issues) {
            let signed_on = self.asked().iter().filter(|mti| *mti == "0800").count();
            let seed = u8::try_from(2 * signed_on % 64).unwrap();
            let halves: [&[u8]; 3] = match self.issues_sm4.get() {
                true => [&[0x11, 0x23], &[0x45, 0x46], &[0x67, 0x89]],
                false => [&[0x11, 0x23], &[0x45], &[0x67, 0x89]],
            };
            let keys = halves.map(|halves| halves.iter().flat_map(|byte| [*byte + seed; 8]).collect());
            self.issue(&tmk, keys);
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|window| window == wanted).unwrap()
}

/// The TMK of the vectors' layout 004.
pub fn vectors_tmk() -> [u8; 16] {
    let tmk = vector("cup_working_keys_constructed", "track_004", "/inputs/tmk");
    hex::decode(tmk).unwrap().try_into().unwrap()
}

/// Field 62 with working keys that are not the vectors', under a TMK.
pub fn other_keys(tmk: &[u8; 16]) -> Vec<u8> {
    key_field(tmk, &[[[0x11; 8], [0x23; 8]].concat(), vec![0x45; 8], [[0x67; 8], [0x89; 8]].concat()])
}

/// Field 62 of layout 004.
fn key_field(tmk: &[u8; 16], keys: &[Vec<u8>; 3]) -> Vec<u8> {
    let tmk = des::TdesEde2::new(&Array(*tmk));
    let mut field = Vec::new();
    for key in keys {
        for block in key.chunks(8) {
            let mut block = Array::<u8, _>::try_from(block).unwrap();
            tmk.encrypt_block(&mut block);
            field.extend(block);
        }
        let mut kcv = Array([0; 8]);
        match <[u8; 8]>::try_from(key.as_slice()) {
            Ok(key) => {
                field.extend([0; 8]);
                des::Des::new(&Array(key)).encrypt_block(&mut kcv);
            }
            Err(_) => des::TdesEde2::new(&Array(sixteen(key))).encrypt_block(&mut kcv),
        }
        field.extend(&kcv[..4]);
    }
    field
}

/// Field 62 of layout 005.
fn sm4_key_field(tmk: &[u8; 16], keys: &[Vec<u8>; 3]) -> Vec<u8> {
    let tmk = sm4::Sm4::new(&Array(*tmk));
    let mut field = Vec::new();
    for key in keys {
        let (mut wrapped, mut kcv) = (Array(sixteen(key)), Array([0; 16]));
        tmk.encrypt_block(&mut wrapped);
        sm4::Sm4::new(&Array(sixteen(key))).encrypt_block(&mut kcv);
        field.extend(wrapped);
        field.extend(&kcv[..4]);
    }
    field
}

/// A key of 16 bytes.
pub fn sixteen(key: &[u8]) -> [u8; 16] {
    key.try_into().unwrap()
}

/// A value of a shared vector, by file, name and JSON pointer.
pub fn vector(file: &str, name: &str, pointer: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/vectors/{file}.json"));
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let case = cases.iter().find(|case| case["name"] == name).unwrap();
    case.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

/// Declines a transaction, knows nothing of the original of a reversal: answers that need no MAC.
fn decline(request: &[u8]) -> Vec<u8> {
    let (mti, code) = if request[13] == 0x04 { ([0x04, 0x10], b"25") } else { ([0x02, 0x10], b"51") };
    // Fields 11, 39, 41 and 42. Field 11 of the request follows 2 with 16 digits, 3 and 4.
    let bitmap = [0, 0x20, 0, 0, 0x02, 0xC0, 0, 0];
    let parts = [
        [&request[2..13], &mti, &bitmap, &request[41..44], code].concat(),
        b"99999906001430170119999".to_vec(),
    ];
    let message = parts.concat();
    let length = u16::try_from(message.len()).unwrap();
    [length.to_be_bytes().as_slice(), &message].concat()
}
