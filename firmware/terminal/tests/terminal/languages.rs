//! The language of the screens (INTERFACE.md, section 20).

use std::rc::Rc;

use crate::bench::front_end::frame;
use crate::bench::memory::Ram;
use crate::bench::modem::Script;
use crate::bench::{Memories, Powered, scenario};
use crate::operator::*;

/// A keyed terminal that was told to speak Chinese, at the screen that says so.
async fn told(memories: &Memories, script: &Rc<Script>) -> Powered {
    let mut powered = Powered::on(memories, script.clone());
    powered.panel.boot_line().await;
    let blank = powered.panel.see("M010").await;
    assert_eq!((blank[0].as_str(), blank[2].as_str()), ("PAYRIG T1          BLANK", "Not provisioned"));
    powered.panel.press(&record(&format!("{FACTORY}language=zh\n{}", master_key_lines())));
    powered
}

#[test]
fn a_terminal_speaks_the_language_of_its_record_from_the_record_on() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = told(&memories, &script).await;
        let accepted = powered.panel.see("M011").await;
        assert_eq!((accepted[0].as_str(), accepted[2].as_str()), ("PAYRIG T1     已装主密钥", "记录已接受"));
        powered.panel.press("\r");
        assert_eq!(powered.panel.see("M100").await[2], "1 签到      2 消费");
        assert_eq!(sign_on(&mut powered).await[2], "签到成功");
        powered.cut().await;
        let mut powered = Powered::on(&memories.left(), script);
        assert_eq!(powered.panel.next_screen_after_boot().await[0], "PAYRIG T1         已签到");
    });
}

/// The parameters survive the keys, and so does the language.
#[test]
fn a_terminal_that_has_lost_its_keys_goes_on_in_its_language() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = told(&memories, &script).await;
        powered.panel.see("M011").await;
        let lost = Memories { ram: Ram::default(), ..memories.left() };
        powered.front_end.put(&frame(0x02, &[1]));
        let tampered = ["PAYRIG T1       防拆触发", "", "防拆触发", "密钥已清除", "并联系服务商"];
        assert_eq!(powered.panel.next_screen().await[..5], tampered);
        powered.cut().await;
        let mut powered = Powered::on(&memories.left(), script.clone());
        assert_eq!(powered.panel.next_screen_after_boot().await[..5], tampered);
        powered.cut().await;
        let mut powered = Powered::on(&lost, script);
        let screen = powered.panel.next_screen_after_boot().await;
        assert_eq!((id(&screen), screen[2].as_str()), ("E401", "密钥存储故障"));
    });
}

/// A detail keeps what the modem said, and says in Chinese what the terminal says.
#[test]
fn causes_and_details_are_chinese_but_for_what_the_modem_says() {
    scenario(async {
        let (memories, script) = (Memories::default(), Rc::<Script>::default());
        let mut powered = told(&memories, &script).await;
        powered.panel.see("M011").await;
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        script.answer("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
        let screen = sign_on(&mut powered).await;
        assert_eq!(screen[1..6], ["签到失败", "无SIM卡", "请插入SIM卡", "然后重试", "+CME ERROR: 10"]);
        assert_eq!(screen[7], "按任意键            E202");
        script.answers.borrow_mut().clear();
        script.host.silent.set(true);
        powered.panel.press("\r");
        powered.panel.see("M100").await;
        let screen = sign_on(&mut powered).await;
        assert_eq!((id(&screen), screen[2].as_str(), screen[5].as_str()), ("E210", "主机无应答", "60秒"));
    });
}
