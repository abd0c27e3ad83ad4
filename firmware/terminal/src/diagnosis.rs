//! Why something failed, and what the operator is told (INTERFACE.md, section 4, errors).

use crate::detail::Detail;
use crate::panel::text::{NOTHING, Text};
use crate::panel::texts::{
    advice, ceremony, chip_causes, declines, details, host_causes, life, line_causes, till_causes, way_causes,
};

/// A cause with its detail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Diagnosis {
    pub(crate) cause: Cause,
    pub(crate) detail: Detail,
}

/// The causes of the interface's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    ModemSilent,
    NoSim,
    SimLocked,
    SimDamaged,
    NoSignal,
    SimRefused,
    NoDataService,
    HostNotReachable,
    ConnectionLost,
    HostSilent,
    SimBlocked,
    SimPinWrong,
    SimContact,
    SimNotStarting,
    WeakSignal,
    AccessPointRefused,
    HostNotFound,
    HostNotConnecting,
    ModemRestarts,
    ModemFault,
    LostWhileSending,
    LostBeforeAnswer,
    EchoWrong,
    NoDialTone,
    LineBusy,
    NumberSilent,
    NoCarrier,
    CarrierLost,
    LineNoisy,
    PortSilent,
    MerchantUnknown,
    TerminalNotAllowed,
    TerminalNotProven,
    RefusedByHost,
    KeyCheckFailed,
    KeyFieldLength,
    NotOurs,
    Malformed,
    KeysNotFresh,
    NoMasterKey,
    ComponentKcvWrong,
    TmkKcvWrong,
    ComponentLength,
    ComponentsEqual,
    TmkWeak,
    KeystoreFailed,
    JournalFailed,
    JournalDamaged,
    AmountZero,
    AmountTooLarge,
    BatchFull,
    CardNumberWrong,
    ExpiryWrong,
    PinTooShort,
    CardNotRead,
    SettlementDue,
    InsertChip,
    NoSuchVoucher,
    NotVoidable,
    /// With field 39.
    Declined([u8; 2]),
    NotAuthentic,
    AnswerNotOurs,
    AnswerMalformed,
    PaperOut,
    PrinterSilent,
    NothingToPrint,
    ChipNotRead,
    CardRemoved,
    CardNotSupported,
    CardBlocked,
    DeclinedOffline,
    CardDataWrong,
    DeclinedByCard,
    Tampered,
}

/// What a cause's screen says.
pub(crate) struct Message {
    pub(crate) id: &'static str,
    pub(crate) cause: Text,
    pub(crate) advice: [Text; 2],
}

impl From<Cause> for Diagnosis {
    fn from(cause: Cause) -> Self {
        cause.bare()
    }
}

impl Cause {
    /// With a detail.
    pub(crate) fn with(self, detail: impl Into<Detail>) -> Diagnosis {
        Diagnosis { cause: self, detail: detail.into() }
    }

    /// Without a detail.
    pub(crate) fn bare(self) -> Diagnosis {
        Diagnosis { cause: self, detail: Detail::Nothing }
    }

    /// The host's decline, by field 39.
    pub(crate) fn declined(code: [u8; 2]) -> Diagnosis {
        Self::Declined(code).with(Detail::of(details::CODE, code))
    }

    /// Whether the sign-on is tried again.
    pub(crate) fn is_tried_again(self) -> bool {
        let dialling = matches!(
            self,
            Self::LineBusy | Self::NumberSilent | Self::NoCarrier | Self::CarrierLost | Self::LineNoisy
        );
        dialling || self == Self::HostSilent || self.spoils_context()
    }

    /// Whether the next try needs a new context.
    pub(crate) fn spoils_context(self) -> bool {
        matches!(
            self,
            Self::HostNotReachable
                | Self::ConnectionLost
                | Self::WeakSignal
                | Self::HostNotConnecting
                | Self::LostWhileSending
                | Self::LostBeforeAnswer
        )
    }

    /// Whether it lies on the way to the host: modem, network, connection, silence.
    pub(crate) fn is_of_the_way(self) -> bool {
        self.message().id.starts_with("E2")
    }

    /// Whether the host does not want this terminal, whatever its keys.
    pub(crate) fn is_refusal_of_host(self) -> bool {
        matches!(
            self,
            Self::MerchantUnknown | Self::TerminalNotAllowed | Self::TerminalNotProven | Self::RefusedByHost
        )
    }

    /// Whether any key leads away from its screen: the others only the agent can mend.
    pub(crate) fn can_be_left(self) -> bool {
        !matches!(self, Self::KeystoreFailed | Self::JournalFailed | Self::Tampered)
    }

    /// The cause's texts.
    pub(crate) fn message(self) -> Message {
        const KEPT: [Text; 2] = [advice::KEYS_KEPT, advice::AND_CALL_ACQUIRER];
        const ANOTHER_CARD: [Text; 2] = [advice::USE_ANOTHER_CARD, NOTHING];
        const TMK_KEPT: [Text; 2] = [ceremony::OLD_TMK_KEPT, NOTHING];
        let (id, cause, advice) = match self {
            Self::ModemSilent => ("E201", way_causes::MODEM_SILENT, [advice::CALL_AGENT, NOTHING]),
            Self::NoSim => ("E202", way_causes::NO_SIM, [advice::INSERT_SIM, advice::AND_TRY_AGAIN]),
            Self::SimLocked => ("E203", way_causes::SIM_LOCKED, [advice::CALL_AGENT, NOTHING]),
            Self::SimDamaged => {
                ("E204", way_causes::SIM_DAMAGED, [advice::CHANGE_SIM, advice::AND_CALL_OPERATOR])
            }
            Self::NoSignal => {
                ("E205", way_causes::NO_SIGNAL, [advice::MOVE_TO_OPEN_GROUND, advice::AND_TRY_AGAIN])
            }
            Self::SimRefused => ("E206", way_causes::SIM_REFUSED, [advice::CALL_OPERATOR, NOTHING]),
            Self::NoDataService => {
                ("E207", way_causes::NO_DATA_SERVICE, [advice::CHECK_CREDIT, advice::THEN_TRY_AGAIN])
            }
            Self::HostNotReachable => ("E208", way_causes::HOST_NOT_REACHABLE, [advice::TRY_LATER, NOTHING]),
            Self::ConnectionLost => ("E209", way_causes::CONNECTION_LOST, [advice::TRY_AGAIN, NOTHING]),
            Self::HostSilent => ("E210", way_causes::HOST_SILENT, [advice::TRY_LATER, NOTHING]),
            Self::SimBlocked => ("E211", way_causes::SIM_BLOCKED, [advice::CALL_OPERATOR, NOTHING]),
            Self::SimPinWrong => ("E212", way_causes::SIM_PIN_WRONG, [advice::CALL_AGENT, NOTHING]),
            Self::SimContact => {
                ("E213", way_causes::SLOT_CONTACT, [advice::RESEAT_SIM, advice::AND_CALL_AGENT])
            }
            Self::SimNotStarting => {
                ("E214", way_causes::SIM_NOT_STARTING, [advice::RESEAT_SIM, advice::AND_CALL_AGENT])
            }
            Self::WeakSignal => {
                ("E215", way_causes::WEAK_SIGNAL, [advice::MOVE_TO_OPEN_GROUND, advice::AND_TRY_AGAIN])
            }
            Self::AccessPointRefused => {
                ("E216", way_causes::ACCESS_POINT_REFUSED, [advice::CHECK_APN, advice::AND_CALL_AGENT])
            }
            Self::HostNotFound => {
                ("E217", way_causes::HOST_NAME_NOT_FOUND, [advice::CHECK_ADDRESS, advice::AND_CALL_AGENT])
            }
            Self::HostNotConnecting => {
                ("E218", way_causes::HOST_NOT_CONNECTING, [advice::TRY_LATER, NOTHING])
            }
            Self::ModemRestarts => ("E219", way_causes::MODEM_RESTARTS, [advice::CALL_AGENT, NOTHING]),
            Self::ModemFault => ("E220", way_causes::MODEM_FAULT, [advice::CALL_AGENT, NOTHING]),
            Self::LostWhileSending => ("E221", way_causes::LOST_WHILE_SENDING, [advice::TRY_AGAIN, NOTHING]),
            Self::LostBeforeAnswer => ("E222", way_causes::LOST_BEFORE_ANSWER, [advice::TRY_AGAIN, NOTHING]),
            Self::EchoWrong => ("E223", way_causes::ECHO_WRONG, [advice::CALL_AGENT, NOTHING]),
            Self::NoDialTone => {
                ("E230", line_causes::NO_DIAL_TONE, [advice::CHECK_CORD, advice::AND_TRY_AGAIN])
            }
            Self::LineBusy => ("E231", line_causes::LINE_BUSY, [advice::TRY_LATER, NOTHING]),
            Self::NumberSilent => ("E232", line_causes::NO_ANSWER, [advice::TRY_LATER, NOTHING]),
            Self::NoCarrier => ("E233", line_causes::NO_CARRIER, [advice::CHECK_LINE, advice::AND_TRY_AGAIN]),
            Self::CarrierLost => ("E234", line_causes::CARRIER_LOST, [advice::TRY_AGAIN, NOTHING]),
            Self::LineNoisy => ("E235", line_causes::LINE_NOISY, [advice::CHECK_LINE, advice::AND_TRY_AGAIN]),
            Self::PortSilent => {
                ("E240", line_causes::NO_MODEM_ANSWER, [advice::CHECK_PLUG, advice::PORT_CALL_AGENT])
            }
            Self::MerchantUnknown => {
                ("E301", host_causes::MERCHANT_UNKNOWN, [advice::CALL_ACQUIRER, NOTHING])
            }
            Self::TerminalNotAllowed => {
                ("E302", host_causes::TERMINAL_NOT_ALLOWED, [advice::CALL_ACQUIRER, NOTHING])
            }
            Self::TerminalNotProven => {
                ("E303", host_causes::TERMINAL_NOT_PROVEN, [advice::CALL_ACQUIRER, NOTHING])
            }
            Self::RefusedByHost => ("E304", host_causes::REFUSED_BY_HOST, [advice::CALL_ACQUIRER, NOTHING]),
            Self::KeyCheckFailed => ("E310", host_causes::KEY_CHECK_FAILED, KEPT),
            Self::KeyFieldLength => ("E311", host_causes::KEY_FIELD_LENGTH, KEPT),
            Self::NotOurs => ("E312", host_causes::NOT_OURS, KEPT),
            Self::Malformed => ("E313", host_causes::MALFORMED, KEPT),
            Self::KeysNotFresh => ("E314", host_causes::NOT_FRESH, KEPT),
            Self::NoMasterKey => ("E320", host_causes::NO_MASTER_KEY, [advice::LOAD_MASTER_KEY, NOTHING]),
            Self::ComponentKcvWrong => ("E330", ceremony::COMPONENT_KCV_WRONG, TMK_KEPT),
            Self::TmkKcvWrong => ("E331", ceremony::TMK_KCV_WRONG, TMK_KEPT),
            Self::ComponentLength => ("E332", ceremony::COMPONENT_LENGTH_WRONG, TMK_KEPT),
            Self::ComponentsEqual => ("E333", ceremony::COMPONENTS_EQUAL, TMK_KEPT),
            Self::TmkWeak => ("E334", ceremony::TMK_WEAK, TMK_KEPT),
            Self::KeystoreFailed => ("E401", host_causes::KEYSTORE_FAILED, [advice::CALL_AGENT, NOTHING]),
            Self::JournalFailed => ("E402", host_causes::JOURNAL_FAILED, [advice::CALL_AGENT, NOTHING]),
            Self::JournalDamaged => {
                ("E403", host_causes::JOURNAL_DAMAGED, [NOTHING, advice::AND_CALL_ACQUIRER])
            }
            Self::AmountZero => ("E501", till_causes::AMOUNT_ZERO, [advice::ENTER_AMOUNT, NOTHING]),
            Self::AmountTooLarge => ("E502", till_causes::AMOUNT_TOO_LARGE, [advice::TWELVE_DIGITS, NOTHING]),
            Self::BatchFull => ("E503", till_causes::BATCH_FULL, [advice::SETTLE_FIRST, NOTHING]),
            Self::CardNumberWrong => ("E504", till_causes::CARD_NUMBER_WRONG, [advice::ENTER_AGAIN, NOTHING]),
            Self::ExpiryWrong => ("E505", till_causes::EXPIRY_WRONG, [advice::ENTER_AGAIN, NOTHING]),
            Self::PinTooShort => ("E506", till_causes::PIN_TOO_SHORT, [advice::FOUR_TO_TWELVE, NOTHING]),
            Self::CardNotRead => ("E507", till_causes::CARD_NOT_READ, [advice::SWIPE_AGAIN, NOTHING]),
            Self::SettlementDue => ("E508", till_causes::SETTLEMENT_DUE, [advice::SETTLE_FIRST, NOTHING]),
            Self::InsertChip => ("E509", till_causes::INSERT_CHIP, [NOTHING, NOTHING]),
            Self::NoSuchVoucher => ("E510", till_causes::NO_SUCH_VOUCHER, [advice::LOOK_AT_RECORDS, NOTHING]),
            Self::NotVoidable => ("E511", till_causes::NOT_VOIDABLE, [NOTHING, NOTHING]),
            Self::Declined(code) => ("E520", host_causes::DECLINED, [reason(code), NOTHING]),
            Self::NotAuthentic => ("E522", host_causes::NOT_AUTHENTIC, [advice::CALL_ACQUIRER, NOTHING]),
            Self::AnswerNotOurs => ("E523", host_causes::NOT_OURS, [advice::CALL_ACQUIRER, NOTHING]),
            Self::AnswerMalformed => ("E524", host_causes::MALFORMED, [advice::CALL_ACQUIRER, NOTHING]),
            Self::PaperOut => ("E530", till_causes::PAPER_OUT, [advice::LOAD_PAPER, advice::REPRINT]),
            Self::PrinterSilent => ("E531", till_causes::PRINTER_SILENT, [advice::CALL_AGENT, NOTHING]),
            Self::NothingToPrint => ("E532", till_causes::NOTHING_TO_PRINT, [NOTHING, NOTHING]),
            Self::ChipNotRead => {
                ("E540", chip_causes::CHIP_NOT_READ, [advice::REMOVE_CARD, advice::THEN_SWIPE])
            }
            Self::CardRemoved => ("E542", chip_causes::CARD_REMOVED, [advice::TRY_AGAIN, NOTHING]),
            Self::CardNotSupported => ("E543", chip_causes::CARD_NOT_SUPPORTED, ANOTHER_CARD),
            Self::CardBlocked => ("E544", chip_causes::CARD_BLOCKED, ANOTHER_CARD),
            Self::DeclinedOffline => ("E545", chip_causes::DECLINED_OFFLINE, ANOTHER_CARD),
            Self::CardDataWrong => ("E546", chip_causes::CARD_DATA_WRONG, ANOTHER_CARD),
            Self::DeclinedByCard => ("E547", chip_causes::DECLINED_BY_CARD, ANOTHER_CARD),
            Self::Tampered => ("E900", life::TAMPERED, [advice::KEYS_ERASED, advice::AND_CALL_AGENT]),
        };
        Message { id, cause, advice }
    }
}

/// Why the host declines, by field 39.
fn reason(code: [u8; 2]) -> Text {
    match &code {
        b"03" => host_causes::MERCHANT_UNKNOWN,
        b"12" => declines::NOT_SUPPORTED,
        b"13" => declines::AMOUNT_REFUSED,
        b"14" => declines::CARD_UNKNOWN,
        b"22" => declines::DONE_ALREADY,
        b"25" => declines::ORIGINAL_NOT_FOUND,
        b"30" => declines::FORMAT_REFUSED,
        b"45" => declines::FALLBACK_REFUSED,
        b"51" => declines::INSUFFICIENT_FUNDS,
        b"54" => declines::CARD_EXPIRED,
        b"55" => declines::WRONG_PIN,
        b"58" => host_causes::TERMINAL_NOT_ALLOWED,
        b"61" => declines::OVER_THE_LIMIT,
        b"62" => declines::CARD_RESTRICTED,
        b"64" => declines::AMOUNT_DIFFERS,
        b"75" => declines::PIN_TRIES_USED_UP,
        b"77" => declines::NOT_SIGNED_ON,
        b"91" => declines::ISSUER_UNAVAILABLE,
        b"94" => declines::REPEATED_MESSAGE,
        b"96" => declines::HOST_FAULT,
        b"97" => host_causes::TERMINAL_NOT_PROVEN,
        b"98" => declines::NO_ANSWER_UPSTREAM,
        b"99" => declines::PIN_NOT_READABLE,
        b"A0" => declines::MAC_REFUSED,
        _ => host_causes::REFUSED_BY_HOST,
    }
}

#[cfg(test)]
mod tests {
    use super::Cause;

    /// INTERFACE.md, section 4: none of them lies on the way to the host, and any key leads away from each.
    #[test]
    fn the_causes_of_a_chip() {
        let causes = [
            (Cause::ChipNotRead, "E540", "Chip not read", "Remove the card,"),
            (Cause::CardRemoved, "E542", "Card removed", "Try again"),
            (Cause::CardNotSupported, "E543", "Card not supported", "Use another card"),
            (Cause::CardBlocked, "E544", "Card is blocked", "Use another card"),
            (Cause::DeclinedOffline, "E545", "Declined offline", "Use another card"),
            (Cause::CardDataWrong, "E546", "Card data wrong", "Use another card"),
            (Cause::DeclinedByCard, "E547", "Declined by the card", "Use another card"),
            (Cause::Declined(*b"45"), "E520", "Declined", "Fallback refused"),
        ];
        for (cause, id, text, advice) in causes {
            let message = cause.message();
            assert_eq!((message.id, message.cause.en, message.advice[0].en), (id, text, advice));
            assert!(!cause.is_of_the_way() && !cause.is_tried_again() && cause.can_be_left(), "{id}");
        }
    }

    /// INTERFACE.md, section 6: which causes are tried again, and after which of them over a new context.
    #[test]
    fn what_is_tried_again() {
        let [for_good, same_context, new_context] = [(false, false), (true, false), (true, true)];
        let causes = [
            (Cause::ModemSilent, for_good),
            (Cause::NoSim, for_good),
            (Cause::SimLocked, for_good),
            (Cause::SimDamaged, for_good),
            (Cause::NoSignal, for_good),
            (Cause::SimRefused, for_good),
            (Cause::NoDataService, for_good),
            (Cause::HostNotReachable, new_context),
            (Cause::ConnectionLost, new_context),
            (Cause::HostSilent, same_context),
            (Cause::SimBlocked, for_good),
            (Cause::SimPinWrong, for_good),
            (Cause::SimContact, for_good),
            (Cause::SimNotStarting, for_good),
            (Cause::WeakSignal, new_context),
            (Cause::AccessPointRefused, for_good),
            (Cause::HostNotFound, for_good),
            (Cause::HostNotConnecting, new_context),
            (Cause::ModemRestarts, for_good),
            (Cause::ModemFault, for_good),
            (Cause::LostWhileSending, new_context),
            (Cause::LostBeforeAnswer, new_context),
            (Cause::EchoWrong, for_good),
            (Cause::NoDialTone, for_good),
            (Cause::LineBusy, same_context),
            (Cause::NumberSilent, same_context),
            (Cause::NoCarrier, same_context),
            (Cause::CarrierLost, same_context),
            (Cause::LineNoisy, same_context),
            (Cause::PortSilent, for_good),
        ];
        for (cause, (is_tried_again, spoils_context)) in causes {
            assert_eq!(
                (cause.is_tried_again(), cause.spoils_context()),
                (is_tried_again, spoils_context),
                "{cause:?}"
            );
            assert!(cause.is_of_the_way(), "{cause:?}");
        }
        assert!(!Cause::Malformed.is_tried_again() && !Cause::Malformed.is_of_the_way());
    }
}
