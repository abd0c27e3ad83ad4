//! Why the host was not reached over a line: E230 to E240.

use crate::panel::text::{Text, texts};

texts! {
    NO_DIAL_TONE = "No dial tone" | "无拨号音";
    LINE_BUSY = "Line is busy" | "占线";
    NO_ANSWER = "Number does not answer" | "对方无应答";
    NO_CARRIER = "No carrier" | "无载波";
    CARRIER_LOST = "Carrier lost" | "载波丢失";
    LINE_NOISY = "Line is noisy" | "线路噪声大";
    NO_MODEM_ANSWER = "No answer from modem" | "调制解调器无应答";
}
