//! Why a chip's transaction does not go on: E540 to E547.

use crate::panel::text::{Text, texts};

texts! {
    CHIP_NOT_READ = "Chip not read" | "芯片读取失败";
    CARD_REMOVED = "Card removed" | "卡片被拔出";
    CARD_NOT_SUPPORTED = "Card not supported" | "不支持的卡";
    CARD_BLOCKED = "Card is blocked" | "卡片已锁";
    DECLINED_OFFLINE = "Declined offline" | "脱机拒绝";
    CARD_DATA_WRONG = "Card data wrong" | "卡片数据错";
    DECLINED_BY_CARD = "Declined by the card" | "卡片拒绝";
}
