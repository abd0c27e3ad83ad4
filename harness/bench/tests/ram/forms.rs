//! The forms in which a secret lies in a memory.

/// A form of a secret.
#[derive(Clone)]
pub struct Form {
    /// How it is written, for people.
    pub name: &'static str,
    /// Each byte, and which bits of it are the secret's.
    pattern: Vec<(u8, u8)>,
}

impl Form {
    fn new(name: &'static str, bytes: &[u8]) -> Self {
        Self { name, pattern: bytes.iter().map(|byte| (*byte, 0xFF)).collect() }
    }

    /// Half bytes behind each other, the first one in a byte's high half, or in its low half where the first one is `None`.
    fn packed(name: &'static str, halves: &[Option<u8>]) -> Self {
        let bits = |half: Option<&Option<u8>>| half.copied().flatten().map_or((0, 0), |half| (half, 0x0F));
        let byte = |pair: &[Option<u8>]| {
            let (high, low) = (bits(pair.first()), bits(pair.get(1)));
            (high.0 << 4 | low.0, high.1 << 4 | low.1)
        };
        Self { name, pattern: halves.chunks(2).map(byte).collect() }
    }

    /// Its bytes, the bits that are not its own zero.
    pub fn bytes(&self) -> Vec<u8> {
        self.pattern.iter().map(|(byte, _)| *byte).collect()
    }

    /// Whether `memory` has it from `at` on.
    fn is_at(&self, memory: &[u8], at: usize) -> bool {
        let window = memory.get(at..at + self.pattern.len()).unwrap_or_default();
        window.len() == self.pattern.len()
            && window.iter().zip(&self.pattern).all(|(is, (byte, mask))| is & mask == *byte)
    }

    /// Where in it a whole byte stands that is not zero, as most of a memory is, and that byte.
    fn anchor(&self) -> (usize, u8) {
        let whole = |(_, (byte, mask)): &(usize, &(u8, u8))| *mask == 0xFF && *byte != 0;
        let (at, (byte, _)) = self.pattern.iter().enumerate().find(whole).expect("a secret is not all zeros");
        (at, *byte)
    }

    /// The same from its last byte to its first, as the limbs of a long number lie in memory.
    fn backward(&self, name: &'static str) -> Self {
        Self { name, pattern: self.pattern.iter().rev().copied().collect() }
    }
}

/// Every place at which `memory` has one of `forms`: the number of the form, and the offset.
pub fn places<'f>(forms: impl Iterator<Item = &'f Form>, memory: &[u8]) -> Vec<(usize, usize)> {
    let mut anchored = vec![Vec::new(); 256];
    for (number, form) in forms.enumerate() {
        let (offset, byte) = form.anchor();
        anchored[usize::from(byte)].push((number, form, offset));
    }
    let mut places = Vec::new();
    for (at, byte) in memory.iter().enumerate() {
        for (number, form, offset) in &anchored[usize::from(*byte)] {
            if let Some(start) = at.checked_sub(*offset).filter(|start| form.is_at(memory, *start)) {
                places.push((*number, start));
            }
        }
    }
    places
}

/// Digits, which may have a track's separator among them.
pub fn of_digits(digits: &str) -> Vec<Form> {
    let values: Vec<u8> = digits.chars().map(value).collect();
    let halves: Vec<_> = values.iter().copied().map(Some).collect();
    let packed = Form::packed("packed", &halves);
    let shifted = Form::packed("packed from a low half", &[&[None], halves.as_slice()].concat());
    let mut forms = vec![
        Form::new("text", digits.as_bytes()),
        Form::new("a digit a byte", &values),
        Form::new("hex digits of the text", hex::encode(digits).as_bytes()),
        packed.backward("packed, backward"),
        shifted.backward("packed from a low half, backward"),
        packed,
        shifted,
    ];
    if digits.contains('=') {
        forms.push(Form::new("text with D", digits.replace('=', "D").as_bytes()));
        forms.push(Form::new(
            "hex digits of the text with D",
            hex::encode(digits.replace('=', "D")).as_bytes(),
        ));
    }
    // The characters of a stripe: four bits and odd parity.
    let with_parity: Vec<_> =
        values.iter().map(|value| value | (u8::from(value.count_ones() % 2 == 0) << 4)).collect();
    forms.push(Form::new("characters of a stripe", &with_parity));
    forms
}

/// Bytes that are no text.
pub fn of_bytes(bytes: &[u8]) -> Vec<Form> {
    let plain = Form::new("bytes", bytes);
    vec![
        plain.backward("bytes, backward"),
        plain,
        Form::new("hex digits", hex::encode(bytes).as_bytes()),
        Form::new("upper-case hex digits", hex::encode_upper(bytes).as_bytes()),
    ]
}

fn value(character: char) -> u8 {
    // ISO 7811-2, table 5: the separator is 13.
    character.to_digit(10).map_or(0x0D, |digit| digit as u8)
}

#[test]
fn digits_are_found_in_each_form_and_at_each_half() {
    for (form, memory) in [
        ("text", b"..4071..".to_vec()),
        ("a digit a byte", vec![9, 4, 0, 7, 1]),
        ("packed", vec![0x12, 0x40, 0x71, 0xFF]),
        ("packed from a low half", vec![0xA4, 0x07, 0x1F]),
        ("packed, backward", vec![0x71, 0x40]),
        ("hex digits of the text", b"34303731".to_vec()),
        ("characters of a stripe", vec![0x04, 0x10, 0x07, 0x01]),
    ] {
        let forms = of_digits("4071");
        let found: Vec<_> =
            places(forms.iter(), &memory).iter().map(|(number, _)| forms[*number].name).collect();
        assert_eq!(found, [form]);
    }
    let forms = of_digits("4071");
    assert_eq!(places(forms.iter(), &[0x40, 0x72, 4, 0, 7, 2, 0xA4, 0x07, 0x2F]), []);
}
