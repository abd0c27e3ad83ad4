//! The states of the terminal's life, in row 1.

use crate::panel::text::{Text, texts};

texts! {
    BLANK = "BLANK" | "未初始化";
    FACTORY = "FACTORY" | "已初始化";
    KEYED = "KEYED" | "已装主密钥";
    SIGNED_ON = "SIGNED ON" | "已签到";
    TAMPERED = "TAMPERED" | "防拆触发";
}
