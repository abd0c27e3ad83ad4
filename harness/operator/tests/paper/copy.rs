//! A small writer of copies, from INTERFACE.md, section 13.

use encoding_rs::GB18030;
use payrig_operator::paper::{Printer, Receipt};
use unicode_width::UnicodeWidthStr;

pub const PAPER: &[u8] = b"\x10\x04\x04";
pub const PRINTED: &[u8] = b"\x1dr\x01";

/// A copy, as a terminal would print it.
#[derive(Clone)]
pub struct Copy {
    pub chinese: bool,
    pub title: &'static str,
    pub name: &'static str,
    pub mark: Option<&'static str>,
    pub rows: Vec<(&'static str, &'static str)>,
    pub amount: (&'static str, &'static str),
    pub signature: Option<&'static str>,
}

impl Copy {
    pub fn english_sale() -> Self {
        Self {
            chinese: false,
            title: "POS RECEIPT",
            name: "MERCHANT COPY",
            mark: None,
            rows: vec![
                ("MERCHANT", "001430170119999"),
                ("TERMINAL", "99999906"),
                ("CARD", "621234******1232 M"),
                ("TYPE", "SALE"),
                ("BATCH", "000001"),
                ("VOUCHER", "000002"),
                ("AUTH", "A1B2C3"),
                ("REFERENCE", "000000000042"),
                ("DATE", "11-28 22:30:05"),
            ],
            amount: ("AMOUNT", "CNY 1234.50"),
            signature: Some("SIGNATURE"),
        }
    }

    pub fn chinese_void() -> Self {
        Self {
            chinese: true,
            title: "POS签购单",
            name: "持卡人存根",
            mark: None,
            rows: vec![
                ("商户编号", "001430170119999"),
                ("终端编号", "99999906"),
                ("卡号", "621234*********1234 M"),
                ("交易类型", "消费撤销"),
                ("批次号", "000001"),
                ("凭证号", "000003"),
                ("原凭证号", "000002"),
                ("参考号", "000000000043"),
                ("日期时间", "11-28 22:31:40"),
            ],
            amount: ("金额", "CNY 0.05"),
            signature: None,
        }
    }

    pub fn reprint() -> Self {
        Self { name: "CUSTOMER COPY", mark: Some("*** REPRINT ***"), signature: None, ..Self::english_sale() }
    }

    /// The bytes, without the questions around them.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"\x1b@".to_vec();
        if self.chinese {
            bytes.extend(b"\x1c&");
        }
        bytes.extend(b"\x1ba\x01\x1d!\x11");
        self.line(&mut bytes, self.title);
        bytes.extend(b"\x1d!\x00");
        self.line(&mut bytes, self.name);
        self.mark.iter().for_each(|mark| self.line(&mut bytes, mark));
        bytes.extend(b"\x1ba\x00");
        for (label, value) in &self.rows {
            self.line(&mut bytes, &row(label, value));
        }
        bytes.extend(b"\x1d!\x01");
        self.line(&mut bytes, &row(self.amount.0, self.amount.1));
        bytes.extend(b"\x1d!\x00");
        self.signature.iter().for_each(|signature| self.line(&mut bytes, signature));
        bytes.extend(b"\x1bd\x04\x1dVB\x00");
        bytes
    }

    pub fn printed(&self) -> Receipt {
        let mut printer = Printer::default();
        printer.take(&self.bytes());
        printer.receipts().pop().unwrap()
    }

    fn line(&self, bytes: &mut Vec<u8>, text: &str) {
        if self.chinese {
            bytes.extend(GB18030.encode(text).0.as_ref());
        } else {
            bytes.extend(text.as_bytes());
        }
        bytes.push(b'\n');
    }
}

/// The value ends at column 32.
fn row(label: &str, value: &str) -> String {
    format!("{label}{}{value}", " ".repeat(32 - label.width() - value.width()))
}
