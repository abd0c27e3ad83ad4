//! The guided checks (INTERFACE.md, section 19).

use crate::panel::text::{Text, texts};

texts! {
    LINE_CHECK = "Line check" | "线路检查";
    ATTACH_A_PHONE = "Attach a phone to the" | "请在插座上接一部电话";
    HEAR_A = "socket. Do you hear a" | "拿起听筒,能听到";
    DIAL_TONE = "dial tone?" | "拨号音吗?";
    CALL_A_MOBILE = "Call a mobile phone." | "请拨打一部手机";
    ANNOUNCEMENT_OF = "Is an announcement of" | "是否听到";
    ARREARS_PLAYED = "arrears played?" | "欠费提示?";
    DID_THE_CALL = "Did the call get" | "电话是否接通,";
    WITHOUT_NOISE = "through without noise?" | "且没有杂音?";
    NETWORK_CHECK = "Network check" | "网络检查";
    MOVE = "Move to open ground." | "请移到开阔处";
    SIGNAL = "Signal «bars»" | "信号 «bars»";
    TWO_BARS = "Is it 2 bars or more?" | "是否有2格或更多?";
    HAS_CREDIT = "Has the SIM credit?" | "SIM卡有话费吗?";
    ASK_THE_OPERATOR = "(Call the operator)" | "(请咨询运营商)";
    RESEAT = "Reseat the SIM." | "请重新插好SIM卡";
    WORKS_NOW = "Does sign-on work now?" | "现在能签到吗?";
    LINE_DEAD = "The line is dead" | "线路不通";
    CALL_THE_COMPANY = "Call the phone company" | "请联系电信公司";
    LINE_IN_ARREARS = "The line is in arrears" | "电话已欠费";
    PAY_THE_BILL = "Pay the phone bill" | "请缴纳话费";
    LINE_GOOD = "The line is good:" | "线路正常:";
    THE_PORT = "the terminal's port," | "终端端口故障";
    LINE_NOISY = "The line is noisy" | "线路有杂音";
    NO_SIGNAL_HERE = "No signal here" | "此处无信号";
    USE_ELSEWHERE = "Use it elsewhere" | "请换一个地方使用";
    NO_CREDIT = "No credit" | "话费不足";
    TOP_UP = "Top up the SIM" | "请给SIM卡充值";
    SIM_OR_SLOT = "SIM or slot fault" | "SIM卡或卡槽故障";
}
