//! The screens of the interface (INTERFACE.md, section 4).

use super::screen::{Head, Screen};
use super::text::{NOTHING, Text};
use super::texts::{
    advice, ceremony, details, hints, menu, money, provisioning, records, sign_on, till_causes,
};
use crate::clock::DateTime;
use crate::crypto::kcv::Kcv;
use crate::crypto::working_keys::WorkingKeys;
use crate::detail::Detail;
use crate::diagnosis::{Cause, Diagnosis};
use crate::keystore::secrets::Secrets;
use crate::modem::stage::Stage;
use crate::parameters::Parameters;
use crate::provisioning::refusal::Refusal;

/// Where a sign-on stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Modem,
    Network,
    Connecting,
    Dialling,
    Host,
    CheckingKeys,
}

impl Phase {
    /// The phase of a stage of the way to the host.
    pub(crate) fn of(stage: Stage) -> Self {
        match stage {
            Stage::Modem => Self::Modem,
            Stage::Network => Self::Network,
            Stage::Connecting => Self::Connecting,
            Stage::Dialling => Self::Dialling,
        }
    }

    fn text(self) -> Text {
        match self {
            Self::Modem => sign_on::MODEM,
            Self::Network => sign_on::NETWORK,
            Self::Connecting => sign_on::CONNECTING,
            Self::Dialling => sign_on::DIALLING,
            Self::Host => sign_on::HOST,
            Self::CheckingKeys => sign_on::CHECKING_KEYS,
        }
    }
}

/// M010.
pub(crate) fn not_provisioned(head: Head) -> Screen {
    Screen::new(head, "M010", NOTHING).texts(&[
        NOTHING,
        provisioning::NOT_PROVISIONED,
        provisioning::SEND_A_RECORD,
        provisioning::ON_THIS_LINE,
    ])
}

/// M011.
pub(crate) fn record_accepted(head: Head, device_id: &str) -> Screen {
    Screen::new(head, "M011", hints::ANY_KEY)
        .text(3, provisioning::RECORD_ACCEPTED)
        .row(4, format_args!("{device_id}"))
}

/// M012.
pub(crate) fn record_refused(head: Head, refusal: Refusal) -> Screen {
    Screen::new(head, "M012", hints::ANY_KEY)
        .texts(&[NOTHING, provisioning::RECORD_REFUSED, refusal.reason.text()])
        .filled(5, provisioning::LINE, &[&refusal.line])
}

/// M100.
pub(crate) fn menu(head: Head, settlement_due: bool, reversals_due: usize, reversals_open: usize) -> Screen {
    let screen = Screen::new(head, "M100", hints::READY).texts(&[
        if settlement_due { till_causes::SETTLEMENT_DUE } else { NOTHING },
        menu::SIGN_ON_AND_SALE,
        menu::VOID_AND_BALANCE,
        menu::RECORDS_AND_REPRINT,
        menu::KEYS_AND_DEVICE,
    ]);
    match (reversals_due, reversals_open) {
        (0, 0) => screen,
        (0, open) => screen.filled(7, menu::REVERSALS_OPEN, &[&open]),
        (due, _) => screen.filled(7, menu::REVERSALS_DUE, &[&due]),
    }
}

/// M110.
pub(crate) fn signing_on(head: Head, phase: Phase, number: u8, tries: u8) -> Screen {
    Screen::new(head, "M110", hints::CANCEL_TO_STOP).texts(&[sign_on::SIGNING_ON, phase.text()]).filled(
        4,
        hints::TRY,
        &[&number, &tries],
    )
}

/// M111.
pub(crate) fn signed_on(head: Head, batch: u32, clock: Option<DateTime>) -> Screen {
    let screen = Screen::new(head, "M111", hints::ANY_KEY).text(3, sign_on::SIGNED_ON).filled(
        4,
        sign_on::BATCH,
        &[&format_args!("{batch:06}")],
    );
    match clock {
        Some(now) => screen.row(5, format_args!("{now}")),
        None => screen,
    }
}

/// M112.
pub(crate) fn sign_on_stopped(head: Head) -> Screen {
    Screen::new(head, "M112", hints::ANY_KEY).text(3, sign_on::SIGN_ON_STOPPED)
}

/// M120.
pub(crate) fn keys(head: Head, secrets: Option<&Secrets>) -> Screen {
    let working = secrets.and_then(Secrets::working);
    let kcvs = [
        ("TMK", secrets.and_then(Secrets::tmk).map(Kcv::double)),
        ("PIK", working.map(|keys| Kcv::working_key(keys.pik.cipher()))),
        ("MAK", working.map(|keys| Kcv::working_key(keys.mak.cipher()))),
        ("TDK", working.and_then(WorkingKeys::tdk_cipher).map(Kcv::working_key)),
    ];
    let screen = Screen::new(head, "M120", ceremony::NEW_TMK).texts(&[menu::KEYS]);
    kcvs.iter().zip(3..).fold(screen, |screen, ((name, kcv), row)| match kcv {
        Some(kcv) => screen.row(row, format_args!("{name} {kcv}")),
        None => screen.row(row, format_args!("{name} --------")),
    })
}

/// M130.
pub(crate) fn device(
    head: Head,
    secrets: Option<&Secrets>,
    parameters: Option<&Parameters>,
    boot: u32,
) -> Screen {
    let ascii = |bytes| core::str::from_utf8(bytes).unwrap_or("");
    let device_id = secrets.map_or("", Secrets::device_id);
    let serial = secrets.map_or("", |secrets| ascii(secrets.serial().as_slice()));
    let terminal_id = parameters.map_or("", |parameters| ascii(parameters.terminal_id.as_slice()));
    let merchant_id = parameters.map_or("", |parameters| ascii(parameters.merchant_id.as_slice()));
    Screen::new(head, "M130", hints::ANY_KEY)
        .texts(&[menu::DEVICE])
        .row(3, format_args!("{device_id}"))
        .filled(4, menu::SERIAL, &[&serial])
        .filled(5, menu::TERMINAL_ID, &[&terminal_id])
        .filled(6, menu::MERCHANT_ID, &[&merchant_id])
        .filled(7, menu::VERSION_AND_BOOT, &[&env!("CARGO_PKG_VERSION"), &boot])
}

/// E403.
pub(crate) fn journal_damaged(head: Head, kept: usize, lost: u32) -> Screen {
    let diagnosis = Cause::JournalDamaged.with(Detail::of(details::ENTRIES_LOST, lost));
    error(head, records::RECORDS, &diagnosis, false).filled(4, advice::RECORDS_KEPT, &[&kept])
}

/// Why a sign-on failed, and whether there is a check for that.
pub(crate) fn sign_on_failed(head: Head, diagnosis: &Diagnosis, has_check: bool) -> Screen {
    let hint = if has_check { hints::ANY_KEY_OR_CHECK } else { hints::ANY_KEY };
    error_with_hint(head, hint, sign_on::SIGN_ON_FAILED, diagnosis)
}

/// An error under the name of what failed.
pub(crate) fn error(head: Head, title: Text, diagnosis: &Diagnosis, to_be_reversed: bool) -> Screen {
    let hint = if diagnosis.cause.can_be_left() { hints::ANY_KEY } else { NOTHING };
    let screen = error_with_hint(head, hint, title, diagnosis);
    if to_be_reversed { screen.text(7, money::TO_BE_REVERSED) } else { screen }
}

fn error_with_hint(head: Head, hint: Text, title: Text, diagnosis: &Diagnosis) -> Screen {
    let message = diagnosis.cause.message();
    let [first, second] = message.advice;
    Screen::new(head, message.id, hint)
        .texts(&[title, message.cause, first, second])
        .row(6, format_args!("{}", diagnosis.detail.row(head.language)))
}
