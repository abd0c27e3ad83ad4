//! What card is in a reader.

use std::process::ExitCode;

use payrig_card::{
    chip::{
        Atr, CardFault, ChipCard,
        emv::{Directory, Listed, read_directory},
    },
    pcsc::{Obstacle, PhysicalCard},
};

use super::show::hex;
use crate::{
    failure::{Failure, OK},
    out::{plain, say},
};

/// Prints the reader, the answer to reset, and the applications that the card's directory names.
pub(super) async fn read(reader: Option<&str>) -> Result<ExitCode, Failure> {
    let mut card = PhysicalCard::open(reader).await.map_err(obstacle)?;
    let told = tell(&mut card).await;
    // Another program may want the card.
    let _ = card.power_off().await;
    told?;
    Ok(OK.into())
}

fn obstacle(Obstacle { what, mend }: Obstacle) -> Failure {
    Failure::rig(what).with_help(mend)
}

async fn tell(card: &mut PhysicalCard) -> Result<(), Failure> {
    let fault = |fault: CardFault| Failure::rig(plain(&fault.to_string()));
    say!("reader        {}", plain(card.reader()));
    let atr = card.power_on().await.map_err(fault)?;
    say!("ATR           {}", hex(&atr));
    match Atr::parse(&atr) {
        Ok(atr) => {
            for line in atr.explain() {
                say!("  {:<10}  {:<23}  {}", line.name, hex(&line.bytes), line.text);
            }
        }
        Err(error) => say!("  it is not one of ISO/IEC 7816-3: {error}"),
    }
    match read_directory(card).await.map_err(fault)? {
        Directory::Applications(applications) if applications.is_empty() => {
            say!("applications  none: the directory is empty")
        }
        Directory::Applications(applications) => {
            say!("applications");
            applications.iter().for_each(application);
        }
        Directory::None(status) => {
            say!("applications  no directory: SELECT 1PAY.SYS.DDF01 is answered with {:04X}", status.0);
        }
        Directory::Wrong(what) => say!("applications  the directory is wrong: {what}"),
    }
    Ok(())
}

fn application(listed: &Listed) {
    let label = plain(&String::from_utf8_lossy(&listed.label));
    let priority = listed.priority.map(|priority| format!(", priority {priority}")).unwrap_or_default();
    let aid: String = listed.aid.iter().map(|byte| format!("{byte:02X}")).collect();
    say!("  {aid:<32}  {label}{priority}");
}
