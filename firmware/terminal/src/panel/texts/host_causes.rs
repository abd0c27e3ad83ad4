//! Why an answer, a key or a store is of no use: E3xx, E4xx, E52x and E900.

use crate::panel::text::{Text, texts};

texts! {
    MERCHANT_UNKNOWN = "Merchant unknown" | "无效商户";
    TERMINAL_NOT_ALLOWED = "Terminal not allowed" | "终端无权限";
    TERMINAL_NOT_PROVEN = "Terminal not proven" | "终端认证失败";
    REFUSED_BY_HOST = "Refused by host" | "主机拒绝";
    KEY_CHECK_FAILED = "Key check failed" | "密钥校验失败";
    KEY_FIELD_LENGTH = "Key field length wrong" | "密钥域长度错";
    NOT_OURS = "Answer is not ours" | "非本机应答";
    MALFORMED = "Answer malformed" | "应答格式错";
    NOT_FRESH = "Keys not fresh" | "密钥未更新";
    NO_MASTER_KEY = "No master key" | "无主密钥";
    KEYSTORE_FAILED = "Key store failed" | "密钥存储故障";
    JOURNAL_FAILED = "Journal failed" | "流水存储故障";
    JOURNAL_DAMAGED = "Journal damaged" | "流水损坏";
    DECLINED = "Declined" | "交易被拒绝";
    NOT_AUTHENTIC = "Answer not authentic" | "应答MAC校验失败";
}
