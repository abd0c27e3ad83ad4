//! What there is to say of a cause besides: row 6.

use crate::panel::text::{Text, texts};

texts! {
    SECONDS = "«n» s" | "«n»秒";
    TIMES = "«n» times" | "«n»次";
    CODE = "code «39»" | "应答码«39»";
    BYTES = "«n» of «m» bytes" | "«n»字节,应为«m»";
    FIELD = "field «n»" | "域«n»";
    BYTE = "byte «offset»" | "字节«offset»";
    ZERO = "«key» zero" | "«key»全零";
    HALVES = "«key» halves" | "«key»两半相同";
    UNCHANGED = "«key» unchanged" | "«key»未变";
    ENTRIES_LOST = "«n» entries lost" | "丢失 «n» 条";
    IS_A_VOID = "is a void" | "本身是撤销";
    VOIDED_ALREADY = "voided already" | "已经撤销";
    NOT_CAPTURED = "not captured" | "未入账";
    APPROVED_OFFLINE = "approved offline" | "脱机交易";
    NO_ATR = "no ATR" | "无复位应答";
    ATR_WRONG = "ATR wrong" | "复位应答错";
    NO_ANSWER = "no answer" | "卡片无应答";
    CHARACTERS_HARMED = "characters harmed" | "字符校验错";
    BLOCKS_HARMED = "blocks harmed" | "数据块错";
    ENDED_BY_CARD = "ended by the card" | "卡片中止";
    ANSWER_TOO_LONG = "answer too long" | "应答过长";
    TAG_MISSING = "tag «tag» missing" | "缺少标签«tag»";
    TAG_WRONG = "tag «tag» wrong" | "标签«tag»错";
    STATUS = "SW «4 hex digits»" | "SW «4 hex digits»";
    TVR = "TVR «10 hex digits»" | "TVR «10 hex digits»";
    MAC_MISSING = "MAC missing" | "缺少MAC";
    MAC_WRONG = "MAC wrong" | "MAC错误";
}
