//! The fixed text of the receipts.

use crate::language::Language;

/// The words of one language, in the bytes that the printer is sent.
#[derive(Debug)]
pub(crate) struct Labels {
    pub(crate) title: &'static [u8],
    pub(crate) merchant_copy: &'static [u8],
    pub(crate) customer_copy: &'static [u8],
    pub(crate) reprint: &'static [u8],
    pub(crate) merchant: &'static [u8],
    pub(crate) terminal: &'static [u8],
    pub(crate) card: &'static [u8],
    pub(crate) issuer: &'static [u8],
    pub(crate) kind: &'static [u8],
    pub(crate) sale: &'static [u8],
    pub(crate) void: &'static [u8],
    pub(crate) batch: &'static [u8],
    pub(crate) voucher: &'static [u8],
    pub(crate) original: &'static [u8],
    pub(crate) authorisation: &'static [u8],
    pub(crate) reference: &'static [u8],
    pub(crate) at: &'static [u8],
    pub(crate) aid: &'static [u8],
    pub(crate) application: &'static [u8],
    pub(crate) cryptogram: &'static [u8],
    pub(crate) tvr: &'static [u8],
    pub(crate) tsi: &'static [u8],
    pub(crate) atc: &'static [u8],
    pub(crate) amount: &'static [u8],
    pub(crate) signature: &'static [u8],
}

impl Language {
    /// The language's words.
    pub(crate) fn labels(self) -> &'static Labels {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

const ENGLISH: Labels = Labels {
    title: b"POS RECEIPT",
    merchant_copy: b"MERCHANT COPY",
    customer_copy: b"CUSTOMER COPY",
    reprint: b"*** REPRINT ***",
    merchant: b"MERCHANT",
    terminal: b"TERMINAL",
    card: b"CARD",
    issuer: b"ISSUER",
    kind: b"TYPE",
    sale: b"SALE",
    void: b"VOID",
    batch: b"BATCH",
    voucher: b"VOUCHER",
    original: b"ORIGINAL",
    authorisation: b"AUTH",
    reference: b"REFERENCE",
    at: b"DATE",
    aid: b"AID",
    application: b"APP",
    cryptogram: b"AC",
    tvr: b"TVR",
    tsi: b"TSI",
    atc: b"ATC",
    amount: b"AMOUNT",
    signature: b"SIGNATURE",
};

/// GB18030; a character takes two bytes here, and two columns.
const CHINESE: Labels = Labels {
    // POS签购单
    title: b"POS\xC7\xA9\xB9\xBA\xB5\xA5",
    // 商户存根
    merchant_copy: b"\xC9\xCC\xBB\xA7\xB4\xE6\xB8\xF9",
    // 持卡人存根
    customer_copy: b"\xB3\xD6\xBF\xA8\xC8\xCB\xB4\xE6\xB8\xF9",
    // ***重打印***
    reprint: b"***\xD6\xD8\xB4\xF2\xD3\xA1***",
    // 商户编号
    merchant: b"\xC9\xCC\xBB\xA7\xB1\xE0\xBA\xC5",
    // 终端编号
    terminal: b"\xD6\xD5\xB6\xCB\xB1\xE0\xBA\xC5",
    // 卡号
    card: b"\xBF\xA8\xBA\xC5",
    // 发卡行
    issuer: b"\xB7\xA2\xBF\xA8\xD0\xD0",
    // 交易类型
    kind: b"\xBD\xBB\xD2\xD7\xC0\xE0\xD0\xCD",
    // 消费
    sale: b"\xCF\xFB\xB7\xD1",
    // 消费撤销
    void: b"\xCF\xFB\xB7\xD1\xB3\xB7\xCF\xFA",
    // 批次号
    batch: b"\xC5\xFA\xB4\xCE\xBA\xC5",
    // 凭证号
    voucher: b"\xC6\xBE\xD6\xA4\xBA\xC5",
    // 原凭证号
    original: b"\xD4\xAD\xC6\xBE\xD6\xA4\xBA\xC5",
    // 授权码
    authorisation: b"\xCA\xDA\xC8\xA8\xC2\xEB",
    // 参考号
    reference: b"\xB2\xCE\xBF\xBC\xBA\xC5",
    // 日期时间
    at: b"\xC8\xD5\xC6\xDA\xCA\xB1\xBC\xE4",
    // 应用标识
    aid: b"\xD3\xA6\xD3\xC3\xB1\xEA\xCA\xB6",
    // 应用名称
    application: b"\xD3\xA6\xD3\xC3\xC3\xFB\xB3\xC6",
    // 应用密文
    cryptogram: b"\xD3\xA6\xD3\xC3\xC3\xDC\xCE\xC4",
    tvr: b"TVR",
    tsi: b"TSI",
    atc: b"ATC",
    // 金额
    amount: b"\xBD\xF0\xB6\xEE",
    // 持卡人签名
    signature: b"\xB3\xD6\xBF\xA8\xC8\xCB\xC7\xA9\xC3\xFB",
};

#[cfg(test)]
mod tests {
    use super::{CHINESE, ENGLISH, Labels};
    use encoding_rs::GB18030;
    use std::borrow::Cow;
    use std::vec::Vec;

    const INTERFACE: &str = include_str!("../../INTERFACE.md");

    /// A language's words in the order of the interface's table, with those of a row in the order of its cells.
    fn words(labels: &Labels) -> [&'static [u8]; 25] {
        [
            labels.title,
            labels.merchant_copy,
            labels.customer_copy,
            labels.reprint,
            labels.merchant,
            labels.terminal,
            labels.card,
            labels.issuer,
            labels.kind,
            labels.sale,
            labels.void,
            labels.batch,
            labels.voucher,
            labels.original,
            labels.authorisation,
            labels.reference,
            labels.at,
            labels.aid,
            labels.application,
            labels.cryptogram,
            labels.tvr,
            labels.tsi,
            labels.atc,
            labels.amount,
            labels.signature,
        ]
    }

    /// What stands between backticks in a cell.
    fn quoted(cell: &str) -> Vec<&str> {
        cell.split('`').skip(1).step_by(2).collect()
    }

    /// The words of both languages in the table of section 13, row by row: the labels, and the two types behind theirs.
    fn specified() -> (Vec<&'static str>, Vec<&'static str>) {
        let (_, table) = INTERFACE.split_once("| en | zh | value |\n").unwrap();
        let (mut english, mut chinese) = (Vec::new(), Vec::new());
        for row in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
            let cells: Vec<_> = row.trim_matches('|').split('|').collect();
            english.extend(quoted(cells[0]));
            chinese.extend(quoted(cells[1]));
            if let Some((types, of_chinese)) = cells[2].split_once(';')
                && cells[0].contains("TYPE")
            {
                english.extend(quoted(types));
                chinese.extend(quoted(of_chinese));
            }
        }
        (english, chinese)
    }

    #[test]
    fn every_word_is_the_interface_s() {
        let (english, chinese) = specified();
        let ascii: Vec<_> = english.iter().map(|word| word.as_bytes()).collect();
        assert_eq!(words(&ENGLISH).as_slice(), ascii);
        for (word, chinese) in words(&CHINESE).into_iter().zip(&chinese) {
            assert_eq!(GB18030.decode_without_bom_handling(word), (Cow::Borrowed(*chinese), false));
            assert_eq!(GB18030.encode(chinese).0, word, "{chinese}");
        }
        assert_eq!(words(&CHINESE).len(), chinese.len());
    }
}
