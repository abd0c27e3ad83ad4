//! One copy of a receipt as the printer's bytes.

use heapless::Vec;

use super::escpos;
use super::labels::Labels;
use super::sheet::{Ascii, COPY, Hex, Sheet};
use super::slip::{Holder, Receipt, Slip};
use crate::batch::chip_part::ChipPart;

/// Draws a copy, from the printer's start to the cut.
pub(crate) fn draw(receipt: &Receipt<'_>, holder: Holder) -> Vec<u8, COPY> {
    let labels = receipt.language.labels();
    let mut sheet = Sheet::begin(receipt.language, labels.title);
    head(&mut sheet, receipt, labels, holder);
    transaction(&mut sheet, receipt, labels);
    amount(&mut sheet, receipt, labels, holder);
    sheet.finish()
}

/// Whose copy it is, and the mark of a reprint.
fn head(sheet: &mut Sheet, receipt: &Receipt<'_>, labels: &Labels, holder: Holder) {
    sheet.line(match holder {
        Holder::Merchant => labels.merchant_copy,
        Holder::Customer => labels.customer_copy,
    });
    if receipt.reprint {
        sheet.line(labels.reprint);
    }
    sheet.put(escpos::LEFT);
}

/// Who sold, with which card, what and when.
fn transaction(sheet: &mut Sheet, receipt: &Receipt<'_>, labels: &Labels) {
    let (kind, original) = match receipt.slip {
        Slip::Sale => (labels.sale, None),
        Slip::Void { original } => (labels.void, Some(original)),
    };
    sheet.row(labels.merchant, format_args!("{}", Ascii(receipt.merchant_id)));
    sheet.row(labels.terminal, format_args!("{}", Ascii(receipt.terminal_id)));
    sheet.row(labels.card, format_args!("{} {}", receipt.card, receipt.mode.mark()));
    if let Some(issuer) = receipt.issuer {
        sheet.row(labels.issuer, format_args!("{}", Ascii(issuer.as_bytes())));
    }
    sheet.aligned(labels.kind, kind);
    sheet.row(labels.batch, format_args!("{:06}", receipt.batch));
    sheet.row(labels.voucher, format_args!("{:06}", receipt.stan));
    if let Some(original) = original {
        sheet.row(labels.original, format_args!("{original:06}"));
    }
    if let Some(authorisation) = &receipt.authorisation {
        sheet.row(labels.authorisation, format_args!("{}", Ascii(authorisation)));
    }
    sheet.row(labels.reference, format_args!("{}", Ascii(&receipt.reference)));
    sheet.row(labels.at, format_args!("{}", receipt.at));
    if let Some(chip) = receipt.chip {
        chip_rows(sheet, chip, labels);
    }
}

/// What the chip said, as it was at the end.
fn chip_rows(sheet: &mut Sheet, chip: &ChipPart, labels: &Labels) {
    sheet.row(labels.aid, format_args!("{}", Hex(&chip.aid)));
    sheet.row(labels.application, format_args!("{}", Ascii(chip.name.as_bytes())));
    sheet.row(labels.cryptogram, format_args!("{}", Hex(&chip.cryptogram)));
    sheet.row(labels.tvr, format_args!("{}", Hex(&chip.tvr)));
    sheet.row(labels.tsi, format_args!("{}", Hex(&chip.tsi)));
    sheet.row(labels.atc, format_args!("{}", Hex(&chip.atc)));
}

/// The amount, and where to sign for it.
fn amount(sheet: &mut Sheet, receipt: &Receipt<'_>, labels: &Labels, holder: Holder) {
    let (whole, hundredths) = (receipt.amount / 100, receipt.amount % 100);
    sheet.put(escpos::DOUBLE_HEIGHT);
    sheet.row(labels.amount, format_args!("CNY {whole}.{hundredths:02}"));
    sheet.put(escpos::SINGLE);
    if holder == Holder::Merchant && receipt.is_signed() {
        sheet.line(labels.signature);
    }
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::batch::chip_part::ChipPart;
    use crate::batch::chip_part::tests::part;
    use crate::language::Language;
    use crate::money::entry_mode::EntryMode;
    use crate::receipt::sheet::COLUMNS;
    use crate::receipt::sheet::tests::readable;
    use crate::receipt::slip::tests::{chip_sale, longest, sale, void_with_pin};
    use crate::receipt::slip::{Holder, Receipt};
    use rstest::rstest;
    use std::string::String;
    use std::vec::Vec;

    /// What the customer's copy has where the merchant's has this.
    fn customers(merchants: &str) -> String {
        let named = merchants.replace("MERCHANT COPY", "CUSTOMER COPY").replace("商户存根", "持卡人存根");
        named.replace("SIGNATURE\n", "").replace("持卡人签名\n", "")
    }

    #[rstest]
    #[case::sale(sale(Language::English), &[
        "<ESC @><ESC a 1><GS ! 11>POS RECEIPT",
        "<GS ! 00>MERCHANT COPY",
        "<ESC a 0>MERCHANT         001430170119999",
        "TERMINAL                99999906",
        "CARD          621234******1232 M",
        "TYPE                        SALE",
        "BATCH                     000519",
        "VOUCHER                   000007",
        "AUTH                      A1B2C3",
        "REFERENCE           072022130001",
        "DATE              07-20 22:13:01",
        "<GS ! 01>AMOUNT               CNY 1234.50",
        "<GS ! 00>SIGNATURE",
        "<ESC d 4><GS V B 0>",
    ])]
    #[case::sale_in_chinese(sale(Language::Chinese), &[
        "<ESC @><FS &><ESC a 1><GS ! 11>POS签购单",
        "<GS ! 00>商户存根",
        "<ESC a 0>商户编号         001430170119999",
        "终端编号                99999906",
        "卡号          621234******1232 M",
        "交易类型                    消费",
        "批次号                    000519",
        "凭证号                    000007",
        "授权码                    A1B2C3",
        "参考号              072022130001",
        "日期时间          07-20 22:13:01",
        "<GS ! 01>金额                 CNY 1234.50",
        "<GS ! 00>持卡人签名",
        "<ESC d 4><GS V B 0>",
    ])]
    #[case::void_with_pin(void_with_pin(Language::English), &[
        "<ESC @><ESC a 1><GS ! 11>POS RECEIPT",
        "<GS ! 00>MERCHANT COPY",
        "<ESC a 0>MERCHANT         001430170119999",
        "TERMINAL                99999906",
        "CARD          621234******1232 S",
        "TYPE                        VOID",
        "BATCH                     000519",
        "VOUCHER                   000008",
        "ORIGINAL                  000007",
        "REFERENCE           072022130001",
        "DATE              07-20 22:13:01",
        "<GS ! 01>AMOUNT                  CNY 0.05",
        "<GS ! 00><ESC d 4><GS V B 0>",
    ])]
    #[case::void_with_pin_in_chinese(void_with_pin(Language::Chinese), &[
        "<ESC @><FS &><ESC a 1><GS ! 11>POS签购单",
        "<GS ! 00>商户存根",
        "<ESC a 0>商户编号         001430170119999",
        "终端编号                99999906",
        "卡号          621234******1232 S",
        "交易类型                消费撤销",
        "批次号                    000519",
        "凭证号                    000008",
        "原凭证号                  000007",
        "参考号              072022130001",
        "日期时间          07-20 22:13:01",
        "<GS ! 01>金额                    CNY 0.05",
        "<GS ! 00><ESC d 4><GS V B 0>",
    ])]
    fn both_copies(#[case] receipt: Receipt<'_>, #[case] merchants: &[&str]) {
        let merchants = merchants.join("\n");
        assert_eq!(readable(&draw(&receipt, Holder::Merchant)), merchants);
        assert_eq!(readable(&draw(&receipt, Holder::Customer)), customers(&merchants));
    }

    const CHIP: [&str; 8] = [
        "CARD          621234******1232 I",
        "ISSUER             BANK OF TESTS",
        "AID               A0000003330101",
        "APP                   PBOC DEBIT",
        "AC              AABBCCDDEEFF0011",
        "TVR                   0800048000",
        "TSI                         E800",
        "ATC                         0001",
    ];
    const CHIP_IN_CHINESE: [&str; 8] = [
        "卡号          621234******1232 I",
        "发卡行             BANK OF TESTS",
        "应用标识          A0000003330101",
        "应用名称              PBOC DEBIT",
        "应用密文        AABBCCDDEEFF0011",
        "TVR                   0800048000",
        "TSI                         E800",
        "ATC                         0001",
    ];

    /// A chip's rows stand behind the date in their order, on both copies; only the card says who signs.
    #[rstest]
    fn a_chip_s_sale_has_its_rows_and_is_signed_where_the_card_asks(
        #[values((Language::English, CHIP), (Language::Chinese, CHIP_IN_CHINESE))] expected: (
            Language,
            [&str; 8],
        ),
        #[values(true, false)] signature: bool,
        #[values(true, false)] with_pin: bool,
    ) {
        let (language, expected) = expected;
        let mut chip = ChipPart { signature, name: "PBOC DEBIT".try_into().unwrap(), ..part() };
        chip.aid.truncate(7);
        let receipt = Receipt { with_pin, ..chip_sale(language, &chip) };
        for holder in [Holder::Merchant, Holder::Customer] {
            let copy = readable(&draw(&receipt, holder));
            let rows: Vec<_> = copy.lines().collect();
            let card = rows.iter().position(|row| *row == expected[0]).unwrap();
            assert_eq!(rows[card + 1], expected[1], "{copy}");
            let date = rows.iter().position(|row| row.ends_with("07-20 22:13:01")).unwrap();
            assert_eq!(rows[date + 1..date + 7], expected[2..], "{copy}");
            let signs = copy.contains("SIGNATURE") || copy.contains("持卡人签名");
            assert_eq!(signs, signature && holder == Holder::Merchant, "{copy}");
        }
    }

    /// The longest AID has no room beside its label; nothing of the copy is lost.
    #[test]
    fn the_longest_chip_receipt_fits() {
        for language in [Language::English, Language::Chinese] {
            let chip = part();
            let receipt = Receipt { chip: Some(&chip), mode: EntryMode::Chip, ..longest(language) };
            let copy = draw(&receipt, Holder::Merchant);
            assert!(copy.ends_with(b"\x1Bd\x04\x1DVB\x00"), "{}", readable(&copy));
            assert!(readable(&copy).contains("\nA0000003330101020102030405060708\n"), "{}", readable(&copy));
        }
    }

    #[rstest]
    #[case(Language::English, "*** REPRINT ***\n<ESC a 0>")]
    #[case(Language::Chinese, "***重打印***\n<ESC a 0>")]
    fn a_reprint_is_the_same_but_for_the_mark(#[case] language: Language, #[case] mark: &str) {
        let reprint = Receipt { reprint: true, ..sale(language) };
        for holder in [Holder::Merchant, Holder::Customer] {
            let marked = readable(&draw(&sale(language), holder)).replace("<ESC a 0>", mark);
            assert_eq!(readable(&draw(&reprint, holder)), marked);
        }
    }

    #[rstest]
    fn the_longest_values_fill_the_paper_s_width_and_no_more(
        #[values(Language::English, Language::Chinese)] language: Language,
        #[values(Holder::Merchant, Holder::Customer)] holder: Holder,
    ) {
        let copy = draw(&longest(language), holder);
        assert!(copy.ends_with(b"\x1Bd\x04\x1DVB\x00"), "{}", readable(&copy));
        let start = copy.windows(3).position(|window| window == b"\x1Ba\x00").unwrap() + 3;
        for row in copy[start..].split(|byte| *byte == b'\n').take(12) {
            let row = row.strip_prefix(b"\x1D!\x01").unwrap_or(row);
            assert_eq!(row.len(), COLUMNS, "{}", readable(row));
            assert!(row.windows(2).any(|window| window == b"  "), "label and value touch: {}", readable(row));
        }
    }

    #[test]
    fn a_host_s_field_cannot_command_the_printer() {
        let receipt = Receipt {
            authorisation: Some(*b"\x1B@\x10\x04\x04\xC9"),
            reference: *b"\n\n\x1DVB\x00012345",
            ..sale(Language::Chinese)
        };
        let copy = readable(&draw(&receipt, Holder::Merchant));
        assert!(copy.contains("授权码                    ?@????\n"), "{copy}");
        assert!(copy.contains("参考号              ???VB?012345\n"), "{copy}");
    }
}
