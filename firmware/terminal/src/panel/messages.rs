//! The screens of the interface (INTERFACE.md, section 4).

use super::screen::Screen;
use crate::clock::DateTime;
use crate::crypto::kcv::Kcv;
use crate::diagnosis::Diagnosis;
use crate::keystore::secrets::Secrets;
use crate::life::Life;
use crate::parameters::Parameters;
use crate::provisioning::refusal::Refusal;

const ANY_KEY: &str = "Any key";

/// Where a sign-on stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Modem,
    Network,
    Connecting,
    Host,
    CheckingKeys,
}

impl Phase {
    fn text(self) -> &'static str {
        match self {
            Self::Modem => "Modem",
            Self::Network => "Network",
            Self::Connecting => "Connecting",
            Self::Host => "Host",
            Self::CheckingKeys => "Checking keys",
        }
    }
}

/// M010.
pub(crate) fn not_provisioned(life: Life) -> Screen {
    Screen::new(life, "M010", "").rows(&["", "Not provisioned", "Send a provisioning", "record on this line"])
}

/// M011.
pub(crate) fn record_accepted(life: Life, device_id: &str) -> Screen {
    Screen::new(life, "M011", ANY_KEY).rows(&["", "Record accepted", device_id])
}

/// M012.
pub(crate) fn record_refused(life: Life, refusal: Refusal) -> Screen {
    Screen::new(life, "M012", ANY_KEY)
        .rows(&["", "Record refused", refusal.reason.text()])
        .row(5, format_args!("line {}", refusal.line))
}

/// M100.
pub(crate) fn menu(life: Life) -> Screen {
    Screen::new(life, "M100", "Ready").rows(&["", "1 Sign on", "7 Keys", "8 Device"])
}

/// M110.
pub(crate) fn signing_on(life: Life, phase: Phase, number: u8, tries: u8) -> Screen {
    Screen::new(life, "M110", "Cancel to stop")
        .rows(&["Signing on", phase.text()])
        .row(4, format_args!("Try {number} of {tries}"))
}

/// M111.
pub(crate) fn signed_on(life: Life, batch: u32, clock: Option<DateTime>) -> Screen {
    let screen =
        Screen::new(life, "M111", ANY_KEY).rows(&["", "Signed on"]).row(4, format_args!("Batch {batch:06}"));
    match clock {
        Some(now) => screen.row(5, format_args!("{now}")),
        None => screen,
    }
}

/// M112.
pub(crate) fn sign_on_stopped(life: Life) -> Screen {
    Screen::new(life, "M112", ANY_KEY).rows(&["", "Sign-on stopped"])
}

/// M120.
pub(crate) fn keys(life: Life, secrets: Option<&Secrets>) -> Screen {
    let working = secrets.and_then(Secrets::working);
    let kcvs = [
        ("TMK", secrets.and_then(Secrets::tmk).map(Kcv::double)),
        ("PIK", working.map(|keys| Kcv::double(&keys.pik))),
        ("MAK", working.map(|keys| Kcv::single(&keys.mak))),
        ("TDK", working.map(|keys| Kcv::double(&keys.tdk))),
    ];
    let screen = Screen::new(life, "M120", ANY_KEY).rows(&["Keys (KCV)"]);
    kcvs.iter().zip(3..).fold(screen, |screen, ((name, kcv), row)| match kcv {
        Some(kcv) => screen.row(row, format_args!("{name} {kcv}")),
        None => screen.row(row, format_args!("{name} --------")),
    })
}

/// M130.
pub(crate) fn device(
    life: Life,
    secrets: Option<&Secrets>,
    parameters: Option<&Parameters>,
    boot: u32,
) -> Screen {
    let ascii = |bytes| core::str::from_utf8(bytes).unwrap_or("");
    let serial = secrets.map_or("", |secrets| ascii(secrets.serial().as_slice()));
    let terminal_id = parameters.map_or("", |parameters| ascii(parameters.terminal_id.as_slice()));
    let merchant_id = parameters.map_or("", |parameters| ascii(parameters.merchant_id.as_slice()));
    Screen::new(life, "M130", ANY_KEY)
        .rows(&["Device", secrets.map_or("", Secrets::device_id)])
        .row(4, format_args!("SN {serial}"))
        .row(5, format_args!("TID {terminal_id}"))
        .row(6, format_args!("MID {merchant_id}"))
        .row(7, format_args!("{} boot {boot}", env!("CARGO_PKG_VERSION")))
}

/// Any of the errors.
pub(crate) fn error(life: Life, diagnosis: &Diagnosis) -> Screen {
    let text = diagnosis.cause.text();
    let title = if diagnosis.cause.is_of_sign_on() { "Sign-on failed" } else { "" };
    let hint = if diagnosis.cause.is_of_sign_on() { ANY_KEY } else { "" };
    let [first, second] = text.advice;
    Screen::new(life, text.id, hint).rows(&[title, text.cause, first, second, &diagnosis.detail])
}
