//! The fixed text of the ceremony's record.

use crate::language::Language;

/// The words of one language, in the bytes that the printer is sent.
#[derive(Debug)]
pub(crate) struct CeremonyLabels {
    pub(crate) title: &'static [u8],
    pub(crate) terminal: &'static [u8],
    pub(crate) device: &'static [u8],
    pub(crate) custodian_1: &'static [u8],
    pub(crate) custodian_2: &'static [u8],
    pub(crate) tmk: &'static [u8],
    pub(crate) at: &'static [u8],
    pub(crate) boot: &'static [u8],
    pub(crate) signature_1: &'static [u8],
    pub(crate) signature_2: &'static [u8],
}

impl Language {
    /// The language's words for the ceremony's record.
    pub(crate) fn ceremony(self) -> &'static CeremonyLabels {
        match self {
            Self::English => &ENGLISH,
            Self::Chinese => &CHINESE,
        }
    }
}

const ENGLISH: CeremonyLabels = CeremonyLabels {
    title: b"TMK CEREMONY",
    terminal: b"TERMINAL",
    device: b"DEVICE",
    custodian_1: b"CUSTODIAN 1 KCV",
    custodian_2: b"CUSTODIAN 2 KCV",
    tmk: b"TMK KCV",
    at: b"DATE",
    boot: b"BOOT",
    signature_1: b"SIGNATURE 1",
    signature_2: b"SIGNATURE 2",
};

/// GB18030; a character takes two bytes here, and two columns.
const CHINESE: CeremonyLabels = CeremonyLabels {
    // 主密钥注入记录
    title: b"\xD6\xF7\xC3\xDC\xD4\xBF\xD7\xA2\xC8\xEB\xBC\xC7\xC2\xBC",
    // 终端编号
    terminal: b"\xD6\xD5\xB6\xCB\xB1\xE0\xBA\xC5",
    // 设备编号
    device: b"\xC9\xE8\xB1\xB8\xB1\xE0\xBA\xC5",
    // 管理员1校验值
    custodian_1: b"\xB9\xDC\xC0\xED\xD4\xB11\xD0\xA3\xD1\xE9\xD6\xB5",
    // 管理员2校验值
    custodian_2: b"\xB9\xDC\xC0\xED\xD4\xB12\xD0\xA3\xD1\xE9\xD6\xB5",
    // 主密钥校验值
    tmk: b"\xD6\xF7\xC3\xDC\xD4\xBF\xD0\xA3\xD1\xE9\xD6\xB5",
    // 日期时间
    at: b"\xC8\xD5\xC6\xDA\xCA\xB1\xBC\xE4",
    // 启动次数
    boot: b"\xC6\xF4\xB6\xAF\xB4\xCE\xCA\xFD",
    // 签名1
    signature_1: b"\xC7\xA9\xC3\xFB1",
    // 签名2
    signature_2: b"\xC7\xA9\xC3\xFB2",
};

#[cfg(test)]
mod tests {
    use super::{CHINESE, CeremonyLabels, ENGLISH};
    use encoding_rs::GB18030;
    use std::borrow::Cow;
    use std::vec::Vec;

    const INTERFACE: &str = include_str!("../../INTERFACE.md");

    /// A language's words, the title's first and then those of the interface's table in its order.
    fn words(labels: &CeremonyLabels) -> [&'static [u8]; 10] {
        [
            labels.title,
            labels.terminal,
            labels.device,
            labels.custodian_1,
            labels.custodian_2,
            labels.tmk,
            labels.at,
            labels.boot,
            labels.signature_1,
            labels.signature_2,
        ]
    }

    /// What stands between backticks.
    fn quoted(text: &str) -> Vec<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    /// The titles and the words of the table in section 16.
    fn specified() -> (Vec<&'static str>, Vec<&'static str>) {
        let (_, section) = INTERFACE.split_once("## 16. TMK ceremony").unwrap();
        let title_behind = |words: &str| quoted(section.split_once(words).unwrap().1)[0];
        let mut english = Vec::from([title_behind("): title ")]);
        let mut chinese = Vec::from([title_behind("The title in Chinese is ")]);
        let (_, table) = section.split_once("| en | zh | value |\n").unwrap();
        for row in table.lines().skip(1).take_while(|line| line.starts_with('|')) {
            let cells: Vec<_> = row.trim_matches('|').split('|').collect();
            english.extend(quoted(cells[0]));
            chinese.extend(quoted(cells[1]));
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
        }
        assert_eq!(words(&CHINESE).len(), chinese.len());
    }
}
