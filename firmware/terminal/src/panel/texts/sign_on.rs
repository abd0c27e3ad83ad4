//! M110 to M112.

use crate::panel::text::{Text, texts};

texts! {
    SIGNING_ON = "Signing on" | "正在签到";
    MODEM = "Modem" | "通讯模块";
    NETWORK = "Network" | "登记网络";
    CONNECTING = "Connecting" | "正在连接";
    DIALLING = "Dialling" | "正在拨号";
    HOST = "Host" | "等待主机";
    CHECKING_KEYS = "Checking keys" | "校验密钥";
    SIGNED_ON = "Signed on" | "签到成功";
    BATCH = "Batch «6 digits»" | "批次号 «6 digits»";
    SIGN_ON_STOPPED = "Sign-on stopped" | "签到已停止";
    SIGN_ON_FAILED = "Sign-on failed" | "签到失败";
}
