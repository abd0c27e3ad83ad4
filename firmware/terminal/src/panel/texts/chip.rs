//! A chip's screens: M220 to M223, and what M213 says of it.

use crate::panel::text::{Text, texts};

texts! {
    READING = "Reading the card" | "正在读卡";
    CHOOSE = "Choose" | "请选择应用";
    PIN = "PIN of the card" | "请输入卡片密码";
    TRIES_LEFT = "Tries left «n»" | "还可输入 «n» 次";
    REMOVE = "Remove the card" | "请取卡";
    ON_THE_CARD = "On the card CNY «amount»" | "卡内余额 CNY «amount»";
}
