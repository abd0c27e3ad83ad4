//! `payrig card`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use payrig_card::vpcd;
use payrig_rig::tcp_address;

#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").required(true),
    after_help = "Examples:\n  payrig card --vpcd --profile unionpay-credit    then `opensc-tool --atr` or `pcsc_scan` elsewhere\n  \
                  payrig card --read                              what is in the reader\n  \
                  payrig card --read --reader ACR38\n  \
                  payrig card --list\n\n\
                  --vpcd: the first line says which card is served where. `>` comes from the software, `<` goes to it; times count from the\n\
                  start. Ctrl-C takes the card out. `pcscd` must run with vpcd (ci/setup installs both), which listens for cards on every\n\
                  address of this machine."
)]
pub(crate) struct CardArgs {
    /// Serve a card to any PC/SC software, in the virtual reader of the vpcd that listens there.
    #[arg(
        long,
        value_name = "ADDR",
        group = "what",
        num_args = 0..=1,
        default_missing_value = vpcd::ADDRESS,
        value_parser = vpcd_address
    )]
    pub vpcd: Option<(String, u16)>,
    /// Say what card is in a PC/SC reader: its answer to reset and its applications.
    #[arg(long, group = "what")]
    pub read: bool,
    /// List the cards that can be served.
    #[arg(long, group = "what")]
    pub list: bool,
    /// The card: a name under `fixtures/cards`, or a file.
    #[arg(long, value_name = "NAME", default_value = "unionpay-credit", conflicts_with_all = ["read", "list"])]
    pub profile: String,
    /// The reader: its name, or a part that no other reader's name has; by default the only one, or the one with a card in it.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["vpcd", "list"])]
    pub reader: Option<String>,
    /// Print commands and responses in full, card numbers and tracks with them; a PIN is never shown.
    #[arg(long, conflicts_with_all = ["read", "list"])]
    pub reveal: bool,
    /// What the card's random numbers are drawn from; by default another one each time.
    #[arg(long, value_name = "N", conflicts_with_all = ["read", "list"])]
    pub seed: Option<u64>,
    /// The folder of the fixtures.
    #[arg(long, value_name = "DIR", env = "PAYRIG_FIXTURES", default_value = "fixtures")]
    pub fixtures: PathBuf,
}

fn vpcd_address(text: &str) -> Result<(String, u16), String> {
    tcp_address(text).ok_or_else(|| format!("expected a host and a port, as in `{}`", vpcd::ADDRESS))
}
