//! The ceremony's printed record: who gave which check value, when, and no key (INTERFACE.md, section 16).

use core::fmt;

use heapless::Vec;

use crate::clock::DateTime;
use crate::crypto::kcv::Kcv;
use crate::language::Language;
use crate::receipt::escpos;
use crate::receipt::sheet::{Ascii, COPY, Sheet};

/// What the record says.
#[derive(Clone, Debug)]
pub(crate) struct CeremonyRecord<'a> {
    pub(crate) language: Language,
    /// Field 41.
    pub(crate) terminal_id: &'a [u8; 8],
    /// At most 20 characters.
    pub(crate) device_id: &'a str,
    /// The check values of both components, in the order of the custodians.
    pub(crate) components: [Kcv; 2],
    /// The check value of the TMK.
    pub(crate) tmk: Kcv,
    /// The clock, where the terminal has one since its boot.
    pub(crate) at: Option<DateTime>,
    /// The boot counter.
    pub(crate) boot: u32,
}

impl CeremonyRecord<'_> {
    /// The printer's bytes.
    pub(crate) fn draw(&self) -> Vec<u8, COPY> {
        let labels = self.language.ceremony();
        let [first, second] = self.components;
        let mut sheet = Sheet::begin(self.language, labels.title);
        sheet.put(escpos::LEFT);
        sheet.row(labels.terminal, format_args!("{}", Ascii(self.terminal_id)));
        sheet.row(labels.device, format_args!("{}", Ascii(self.device_id.as_bytes())));
        sheet.row(labels.custodian_1, format_args!("{first}"));
        sheet.row(labels.custodian_2, format_args!("{second}"));
        sheet.row(labels.tmk, format_args!("{}", self.tmk));
        sheet.row(labels.at, format_args!("{}", OrNone(self.at)));
        sheet.row(labels.boot, format_args!("{}", self.boot));
        sheet.line(labels.signature_1);
        sheet.line(labels.signature_2);
        sheet.finish()
    }
}

/// A moment, or that nobody knows it.
struct OrNone(Option<DateTime>);

impl fmt::Display for OrNone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(moment) => moment.fmt(formatter),
            None => formatter.write_str("--"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CeremonyRecord;
    use crate::clock::DateTime;
    use crate::crypto::kcv::Kcv;
    use crate::language::Language;
    use crate::receipt::sheet::tests::readable;
    use rstest::rstest;

    fn record(language: Language) -> CeremonyRecord<'static> {
        CeremonyRecord {
            language,
            terminal_id: b"99999906",
            device_id: "30600000290210015708",
            components: [Kcv([0x08, 0xD7, 0xB4, 0xFB]), Kcv([0x01, 0x23, 0x45, 0x67])],
            tmk: Kcv([0xAD, 0xC6, 0x7D, 0x84]),
            at: DateTime::date(b"0720").unwrap().at(b"221301"),
            boot: 17,
        }
    }

    #[rstest]
    #[case(Language::English, &[
        "<ESC @><ESC a 1><GS ! 11>TMK CEREMONY",
        "<GS ! 00><ESC a 0>TERMINAL                99999906",
        "DEVICE      30600000290210015708",
        "CUSTODIAN 1 KCV         08D7B4FB",
        "CUSTODIAN 2 KCV         01234567",
        "TMK KCV                 ADC67D84",
        "DATE              07-20 22:13:01",
        "BOOT                          17",
        "SIGNATURE 1",
        "SIGNATURE 2",
        "<ESC d 4><GS V B 0>",
    ])]
    #[case(Language::Chinese, &[
        "<ESC @><FS &><ESC a 1><GS ! 11>主密钥注入记录",
        "<GS ! 00><ESC a 0>终端编号                99999906",
        "设备编号    30600000290210015708",
        "管理员1校验值           08D7B4FB",
        "管理员2校验值           01234567",
        "主密钥校验值            ADC67D84",
        "日期时间          07-20 22:13:01",
        "启动次数                      17",
        "签名1",
        "签名2",
        "<ESC d 4><GS V B 0>",
    ])]
    fn every_row_of_the_interface(#[case] language: Language, #[case] expected: &[&str]) {
        assert_eq!(readable(&record(language).draw()), expected.join("\n"));
    }

    #[test]
    fn without_a_clock_the_date_is_two_hyphens() {
        let text = readable(&CeremonyRecord { at: None, ..record(Language::English) }.draw());
        assert!(text.contains("DATE                          --\n"), "{text}");
    }

    #[test]
    fn the_longest_record_is_whole() {
        let longest = CeremonyRecord { boot: u32::MAX, ..record(Language::Chinese) };
        assert!(longest.draw().ends_with(b"\x1Bd\x04\x1DVB\x00"));
    }
}
