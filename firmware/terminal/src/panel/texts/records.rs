//! M240 to M251.

use crate::panel::text::{Text, texts};

texts! {
    RECORD = "Record «i» of «n»" | "流水 «i»/«n»";
    SALE = "Sale «STAN»" | "消费 «STAN»";
    VOID = "Void «STAN» of «STAN»" | "撤销 «STAN» 原 «STAN»";
    CAPTURED = "Captured" | "已入账";
    VOIDED = "Voided" | "已撤销";
    REVERSAL_DUE = "Reversal due" | "待冲正";
    REVERSED = "Reversed" | "已冲正";
    REVERSAL_OPEN = "Reversal open" | "冲正未完成";
    IN_DOUBT = "In doubt" | "状态不明";
    RECORDS = "Records" | "流水";
    NONE = "None" | "无记录";
    TOTALS = "Totals" | "合计";
    SALES = "Sales «n»" | "消费 «n» 笔";
    VOIDS = "Voids «n»" | "撤销 «n» 笔";
    REPRINT = "Reprint" | "重打印";
    PRINTING = "Printing" | "正在打印";
    PRINTED = "Printed" | "打印完成";
}
