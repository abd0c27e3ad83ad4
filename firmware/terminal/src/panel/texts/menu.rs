//! M100, M120 and M130.

use crate::panel::text::{Text, texts};

texts! {
    SIGN_ON_AND_SALE = "1 Sign on   2 Sale" | "1 签到      2 消费";
    VOID_AND_BALANCE = "3 Void      4 Balance" | "3 撤销      4 余额";
    RECORDS_AND_REPRINT = "5 Records   6 Reprint" | "5 流水      6 重打印";
    KEYS_AND_DEVICE = "7 Keys      8 Device" | "7 密钥      8 终端";
    REVERSALS_DUE = "Reversals due «n»" | "待冲正 «n» 笔";
    REVERSALS_OPEN = "Reversals open «n»" | "冲正未完成 «n» 笔";
    KEYS = "Keys (KCV)" | "密钥校验值";
    DEVICE = "Device" | "终端信息";
    SERIAL = "SN «serial»" | "序列号«serial»";
    TERMINAL_ID = "TID «terminal id»" | "终端号 «terminal id»";
    MERCHANT_ID = "MID «merchant id»" | "商户号 «merchant id»";
    VERSION_AND_BOOT = "«version» boot «n»" | "«version» 启动«n»";
}
