//! What to do about a cause: rows 4 and 5.

use crate::panel::text::{Text, texts};

texts! {
    CALL_AGENT = "Call the agent" | "请联系服务商";
    AND_CALL_AGENT = "call the agent" | "并联系服务商";
    CALL_OPERATOR = "Call the operator" | "请联系运营商";
    AND_CALL_OPERATOR = "call the operator" | "并联系运营商";
    CALL_ACQUIRER = "Call the acquirer" | "请联系收单行";
    AND_CALL_ACQUIRER = "call the acquirer" | "并联系收单行";
    TRY_AGAIN = "Try again" | "请重试";
    AND_TRY_AGAIN = "try again" | "然后重试";
    THEN_TRY_AGAIN = "then try again" | "缴费后重试";
    TRY_LATER = "Try again later" | "请稍后再试";
    INSERT_SIM = "Insert the SIM card," | "请插入SIM卡";
    CHANGE_SIM = "Change the SIM card," | "请更换SIM卡";
    RESEAT_SIM = "Reseat the SIM, then" | "请重新插好SIM卡";
    MOVE_TO_OPEN_GROUND = "Move to open ground," | "请移到开阔处";
    CHECK_CREDIT = "Check the SIM's credit," | "请检查话费";
    CHECK_APN = "Check the APN," | "请检查APN";
    CHECK_ADDRESS = "Check the address," | "请检查主机地址";
    CHECK_CORD = "Check the phone cord," | "请检查电话线";
    CHECK_LINE = "Check the line," | "请检查线路";
    CHECK_PLUG = "Check the plug and the" | "请检查插头和端口";
    PORT_CALL_AGENT = "port, call the agent" | "并联系服务商";
    KEYS_KEPT = "Old keys kept," | "原密钥保留";
    LOAD_MASTER_KEY = "Load the master key" | "请灌主密钥";
    RECORDS_KEPT = "«n» records kept," | "保留 «n» 笔流水";
    ENTER_AMOUNT = "Enter an amount" | "请输入金额";
    TWELVE_DIGITS = "12 digits at most" | "最多12位";
    SETTLE_FIRST = "Settle first" | "请先结算";
    ENTER_AGAIN = "Enter it again" | "请重新输入";
    FOUR_TO_TWELVE = "4 to 12 digits" | "4至12位";
    SWIPE_AGAIN = "Swipe it again" | "请重新刷卡";
    LOOK_AT_RECORDS = "Look at the records" | "请查看流水";
    LOAD_PAPER = "Load paper, then" | "请装好打印纸";
    REPRINT = "reprint" | "然后重打印";
    REMOVE_CARD = "Remove the card," | "请取出卡片";
    THEN_SWIPE = "then swipe it" | "然后刷卡";
    USE_ANOTHER_CARD = "Use another card" | "请换一张卡";
    KEYS_ERASED = "Keys erased," | "密钥已清除";
}
