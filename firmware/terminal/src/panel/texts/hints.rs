//! What the keys do, and how often or how long.

use crate::panel::text::{Text, texts};

texts! {
    ANY_KEY = "Any key" | "按任意键";
    ANY_KEY_OR_CHECK = "Any key, 1 check" | "任意键返回 1检查";
    CONFIRM_OR_CANCEL = "Confirm or cancel" | "确认或取消";
    CANCEL_TO_STOP = "Cancel to stop" | "按取消键停止";
    NEXT_OR_CANCEL = "Next or cancel" | "下一条或取消";
    LEAVE_THE_CARD = "Leave the card in" | "请勿拔卡";
    DIGIT_OR_CANCEL = "Digit or cancel" | "数字键或取消";
    YES_OR_NO = "1 yes   2 no" | "1 是   2 否";
    READY = "Ready" | "就绪";
    TRY = "Try «i» of «n»" | "第«i»次 共«n»次";
    CANCELLED = "Cancelled" | "已取消";
    TIMEOUT = "Timeout" | "操作超时";
}
