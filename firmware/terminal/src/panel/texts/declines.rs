//! Why the host declines, by field 39.

use crate::panel::text::{Text, texts};

texts! {
    NOT_SUPPORTED = "Not supported" | "不支持的交易";
    AMOUNT_REFUSED = "Amount refused" | "无效金额";
    CARD_UNKNOWN = "Card unknown" | "无效卡号";
    DONE_ALREADY = "Done already" | "交易已处理";
    ORIGINAL_NOT_FOUND = "Original not found" | "无此原交易";
    FORMAT_REFUSED = "Format refused" | "报文格式错";
    INSUFFICIENT_FUNDS = "Insufficient funds" | "余额不足";
    CARD_EXPIRED = "Card expired" | "过期的卡";
    WRONG_PIN = "Wrong PIN" | "密码错误";
    OVER_THE_LIMIT = "Over the limit" | "超出限额";
    CARD_RESTRICTED = "Card restricted" | "受限制的卡";
    FALLBACK_REFUSED = "Fallback refused" | "不允许降级刷卡";
    AMOUNT_DIFFERS = "Amount differs" | "金额不符";
    PIN_TRIES_USED_UP = "PIN tries used up" | "密码次数超限";
    NOT_SIGNED_ON = "Not signed on" | "请先签到";
    ISSUER_UNAVAILABLE = "Issuer unavailable" | "发卡行不可用";
    REPEATED_MESSAGE = "Repeated message" | "重复交易";
    HOST_FAULT = "Host fault" | "主机故障";
    NO_ANSWER_UPSTREAM = "No answer upstream" | "发卡行无应答";
    PIN_NOT_READABLE = "PIN not readable" | "密码格式错";
    MAC_REFUSED = "MAC refused" | "MAC校验错";
}
