//! Which driver is which of the application's ports.

use cortex_m_rt::entry;
use defmt_rtt as _;
use payrig_board_mps2_an386::battery_ram::KeystoreRam;
use payrig_board_mps2_an386::build_id::build_id;
use payrig_board_mps2_an386::entropy::SeededEntropy;
use payrig_board_mps2_an386::last_fault::Account;
use payrig_board_mps2_an386::nor::NorModel;
use payrig_board_mps2_an386::regions::Regions;
use payrig_board_mps2_an386::{executor, interrupts, scrub, tamper_unit, time, uart};
use payrig_terminal::ports::{EntropySource, Hardware, Identity, Ports};

/// The board, as the application sees it.
struct Mps2An386;

impl Hardware for Mps2An386 {
    type Keypad = uart::Receiver;
    type Display = uart::Sender;
    type ModemRx = uart::Receiver;
    type ModemTx = uart::Sender;
    type SlotRx = uart::Receiver;
    type SlotTx = uart::Sender;
    type FrontEnd = uart::Receiver;
    type Printer = uart::Sender;
    type Entropy = SeededEntropy;
    type BatteryRam = KeystoreRam;
    type Flash = NorModel<'static>;

    fn scrub() {
        scrub::want();
    }
}

#[entry]
fn main() -> ! {
    time::start();
    let ports = ports();
    interrupts::enable();
    executor::run(|spawner| match terminal(ports) {
        Ok(task) => spawner.spawn(task),
        Err(_) => defmt::panic!("the terminal's task is spawned once"),
    })
}

/// Powers everything up. The line that the application does not read yet (antenna) holds back its sender.
fn ports() -> Ports<Mps2An386> {
    let Some(mut regions) = Regions::take() else { defmt::panic!("the persistent memory is taken once") };
    if let Some(account) = Account::take(&mut regions.board_record) {
        defmt::error!("the last run ended by a fault: {=str}", account.as_str());
    }
    tamper_unit::power_up(&regions.board_record, &mut regions.keystore);
    let (keypad, display) = uart::PANEL.start();
    let (modem_rx, modem_tx) = uart::MODEM.start();
    let (slot_rx, slot_tx) = uart::SLOT.start();
    let (_, _) = uart::ANTENNA.start();
    let (front_end, printer) = uart::FRONT_END.start();
    Ports {
        keypad,
        display,
        modem_rx,
        modem_tx,
        slot_rx,
        slot_tx,
        front_end,
        printer,
        entropy: SeededEntropy::power_up(&mut regions.board_record),
        battery_ram: KeystoreRam::new(regions.keystore),
        flash: NorModel::power_up(regions.journal, &mut regions.journal_mark),
        identity: Identity { build_id: build_id(), entropy: EntropySource::Emulated },
    }
}

#[embassy_executor::task]
async fn terminal(ports: Ports<Mps2An386>) {
    payrig_terminal::run(ports).await;
}
