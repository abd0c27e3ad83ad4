//! Why the host was not reached over a cellular modem: E201 to E223.

use crate::panel::text::{Text, texts};

texts! {
    MODEM_SILENT = "Modem does not answer" | "通讯模块无应答";
    NO_SIM = "No SIM card" | "无SIM卡";
    SIM_LOCKED = "SIM is locked" | "SIM卡已锁";
    SIM_DAMAGED = "SIM is damaged" | "SIM卡损坏";
    NO_SIGNAL = "No network signal" | "无网络信号";
    SIM_REFUSED = "SIM refused by network" | "网络拒绝SIM卡";
    NO_DATA_SERVICE = "No data service" | "无数据业务";
    HOST_NOT_REACHABLE = "Host not reachable" | "无法连接主机";
    CONNECTION_LOST = "Connection lost" | "连接中断";
    HOST_SILENT = "Host does not answer" | "主机无应答";
    SIM_BLOCKED = "SIM is blocked (PUK)" | "SIM卡已锁死(PUK)";
    SIM_PIN_WRONG = "SIM PIN is wrong" | "SIM卡PIN码错误";
    SLOT_CONTACT = "SIM slot contact bad" | "SIM卡槽接触不良";
    SIM_NOT_STARTING = "SIM does not start" | "SIM卡无法启动";
    WEAK_SIGNAL = "Weak signal" | "信号弱";
    ACCESS_POINT_REFUSED = "Access point refused" | "接入点被拒绝";
    HOST_NAME_NOT_FOUND = "Host name not found" | "无法解析主机域名";
    HOST_NOT_CONNECTING = "Host does not connect" | "连接主机超时";
    MODEM_RESTARTS = "Modem restarts" | "通讯模块反复重启";
    MODEM_FAULT = "Modem fault" | "通讯模块故障";
    LOST_WHILE_SENDING = "Lost while sending" | "发送中连接中断";
    LOST_BEFORE_ANSWER = "Lost before the answer" | "应答前连接中断";
    ECHO_WRONG = "Modem echo wrong" | "通讯模块回显错误";
}
