//! The TMK ceremony (INTERFACE.md, section 16).

use crate::panel::text::{Text, texts};

texts! {
    NEW_TMK = "Any key, 9 new TMK" | "任意键 9换主密钥";
    CEREMONY = "TMK ceremony" | "主密钥注入";
    CUSTODIAN_1 = "Custodian 1" | "管理员1";
    CUSTODIAN_2 = "Custodian 2" | "管理员2";
    COMPONENT = "Component" | "请输入分量";
    KCV = "KCV" | "请输入校验值";
    BOTH_CUSTODIANS = "Both custodians" | "两位管理员";
    KCV_OF_TMK = "KCV of the TMK" | "请输入主密钥校验值";
    TMK_LOADED = "TMK loaded" | "主密钥已装入";
    LOADED_KCV = "KCV «kcv»" | "校验值 «kcv»";
    SIGN_ON_NEXT = "Sign on next" | "请签到";
    COMPONENT_KCV_WRONG = "Component KCV wrong" | "分量校验值错";
    TMK_KCV_WRONG = "TMK KCV wrong" | "主密钥校验值错";
    COMPONENT_LENGTH_WRONG = "Component length wrong" | "分量长度错";
    COMPONENTS_EQUAL = "Components are equal" | "两个分量相同";
    TMK_WEAK = "TMK is weak" | "弱主密钥";
    OLD_TMK_KEPT = "Old TMK kept" | "原主密钥保留";
    OF_COMPONENT = "component «n»" | "分量«n»";
    OF_32_DIGITS = "«n» of 32 digits" | "«n»位,应为32位";
}
