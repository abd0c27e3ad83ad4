//! Sale, void and balance: M200 to M213.

use crate::panel::text::{Text, texts};

texts! {
    SALE = "Sale" | "消费";
    VOID = "Void" | "撤销";
    BALANCE = "Balance" | "余额";
    FAILED = "«type» failed" | "«type»失败";
    APPROVED_TYPE = "«type» approved" | "«type»成功";
    AMOUNT = "Amount" | "请输入金额";
    CARD_NUMBER = "Card number" | "请输入卡号";
    EXPIRY = "Expiry (MMYY)" | "请输入有效期(MMYY)";
    PIN = "PIN, or only confirm" | "请输入密码,无密码按确认";
    WRONG_PIN = "Wrong PIN, once more" | "密码错误,请重新输入";
    VOUCHER_NUMBER = "Voucher number" | "请输入凭证号";
    VOUCHER = "Voucher «STAN»" | "凭证号 «STAN»";
    REVERSAL = "Reversal" | "冲正";
    APPROVED = "Approved" | "交易成功";
    AUTHORISATION = "Auth «field 38»" | "授权码 «field 38»";
    STOPPED = "Stopped" | "交易已停止";
    TO_BE_REVERSED = "To be reversed" | "交易待冲正";
}
