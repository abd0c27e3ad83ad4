//! Why the till does not go on: E50x, E51x and E53x.

use crate::panel::text::{Text, texts};

texts! {
    AMOUNT_ZERO = "Amount is zero" | "金额为零";
    AMOUNT_TOO_LARGE = "Amount too large" | "金额过大";
    BATCH_FULL = "Batch is full" | "批次已满";
    CARD_NUMBER_WRONG = "Card number wrong" | "卡号错误";
    EXPIRY_WRONG = "Expiry date wrong" | "有效期错误";
    PIN_TOO_SHORT = "PIN too short" | "密码过短";
    CARD_NOT_READ = "Card not read" | "读卡失败";
    SETTLEMENT_DUE = "Settlement due" | "需要结算";
    INSERT_CHIP = "Insert the chip card" | "请插入芯片卡";
    NO_SUCH_VOUCHER = "No such voucher" | "无此凭证号";
    NOT_VOIDABLE = "Cannot be voided" | "不能撤销";
    PAPER_OUT = "Paper out" | "打印机缺纸";
    PRINTER_SILENT = "Printer does not answer" | "打印机无应答";
    NOTHING_TO_PRINT = "Nothing to print" | "无可打印的交易";
}
