//! A request's fields as the acquirer sees them.

use std::collections::BTreeMap;

/// Digits, characters or bytes of a fixed length; two or four digits of length and what they count.
enum Format {
    Digits(usize),
    Text(usize),
    Bytes(usize),
    Counted(usize),
    /// Four digits of length and as many bytes.
    Sized,
}

/// The fields of a transaction's frame behind its MTI, packed ones as digits.
pub fn fields(frame: &[u8]) -> BTreeMap<u8, String> {
    use Format::{Bytes, Counted, Digits, Sized, Text};
    let bitmap = u64::from_be_bytes(frame[15..23].try_into().unwrap());
    let mut rest = &frame[23..];
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at(count);
        rest = tail;
        head.to_vec()
    };
    let mut fields = BTreeMap::new();
    for field in (1..=64).filter(|field| bitmap >> (64 - field) & 1 == 1) {
        let format = match field {
            2 | 35 => Counted(1),
            36 | 60 | 61 => Counted(2),
            3 | 11 | 12 => Digits(6),
            4 => Digits(12),
            13 | 14 => Digits(4),
            22 => Digits(3),
            // Padded on the left.
            23 => Digits(4),
            25 | 26 => Digits(2),
            53 => Digits(16),
            37 => Text(12),
            38 => Text(6),
            39 => Text(2),
            41 => Text(8),
            42 => Text(15),
            49 => Text(3),
            52 | 64 => Bytes(8),
            55 => Sized,
            _ => panic!("field {field}"),
        };
        let packed = |bytes: Vec<u8>, digits: usize| hex::encode_upper(bytes)[..digits].to_owned();
        let value = match format {
            Digits(count) => packed(take(count.div_ceil(2)), count),
            Text(count) => String::from_utf8(take(count)).unwrap(),
            Bytes(count) => hex::encode_upper(take(count)),
            Sized => {
                let count: usize = hex::encode(take(2)).parse().unwrap();
                hex::encode_upper(take(count))
            }
            Counted(bytes) => {
                let count: usize = hex::encode(take(bytes)).parse().unwrap();
                packed(take(count.div_ceil(2)), count)
            }
        };
        fields.insert(field, value);
    }
    assert!(take(0).is_empty() && rest.is_empty(), "{rest:02X?}");
    fields
}
