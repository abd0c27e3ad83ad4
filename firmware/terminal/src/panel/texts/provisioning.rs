//! M010 to M012, and why a record is refused (INTERFACE.md, section 5).

use crate::panel::text::{Text, texts};

texts! {
    NOT_PROVISIONED = "Not provisioned" | "终端未初始化";
    SEND_A_RECORD = "Send a provisioning" | "请在本线路上";
    ON_THIS_LINE = "record on this line" | "发送初始化记录";
    RECORD_ACCEPTED = "Record accepted" | "记录已接受";
    RECORD_REFUSED = "Record refused" | "记录被拒绝";
    LINE = "line «n»" | "第«n»行";
    CRC = "R01 CRC" | "R01 CRC错";
    UNKNOWN_KEY = "R02 unknown key" | "R02 未知项";
    BAD_VALUE = "R03 bad value" | "R03 值错误";
    KEY_MISSING = "R04 key missing" | "R04 缺少项";
    PROVISIONED_ALREADY = "R05 provisioned already" | "R05 已经初始化";
    KCV = "R06 KCV" | "R06 密钥校验值错";
    TOO_LONG = "R07 too long" | "R07 过长";
    OVERDUE = "R08 timeout" | "R08 接收超时";
    NO_FACTORY_RECORD = "R09 not provisioned" | "R09 尚未初始化";
    TWICE = "R10 twice" | "R10 重复项";
    STORE = "R11 store" | "R11 存储失败";
}
