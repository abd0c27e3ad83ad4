//! What `payrig key` accepts.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  payrig key ca scheme --rid A000000333 --index F4 --seed 7      a scheme's key, into fixtures/keys/chip-rsa.toml\n  \
                        payrig key icc card-7 --serial 000007 --seed 7\n  \
                        payrig key record ca unionpay                                  the chip record of a scheme's key\n  \
                        payrig key record application A000000333010102 --floor 5000\n  \
                        payrig key record issuer 621234 \"Test Bank\"\n\n\
                        The keys are test keys: the same seed makes the same key, and the file holds them in clear."
)]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    pub command: KeyCommand,
    /// The file of the RSA keys.
    #[arg(long, global = true, value_name = "FILE", default_value = "fixtures/keys/chip-rsa.toml")]
    pub file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a scheme's key.
    Ca(CaArgs),
    /// Make an issuer's key, which a scheme's certifies.
    Issuer(IssuerArgs),
    /// Make a card's key, which an issuer's certifies.
    Icc(IccArgs),
    /// Print a chip record, for the terminal's panel line.
    #[command(subcommand)]
    Record(RecordCommand),
}

/// What every key is made from.
#[derive(Debug, Args)]
pub(crate) struct DraftArgs {
    /// Its name in the file.
    pub name: String,
    /// What it is drawn from.
    #[arg(long, value_name = "N")]
    pub seed: u64,
    /// Bits of the modulus: 512 to 1984, a multiple of 64; by default 1408 for a scheme, 1280 for an issuer, 1024 for a card.
    #[arg(long, value_name = "N")]
    pub bits: Option<usize>,
    /// The public exponent, 3 or 65537.
    #[arg(long, value_name = "E", default_value_t = 3)]
    pub exponent: u32,
}

#[derive(Debug, Args)]
pub(crate) struct CaArgs {
    #[command(flatten)]
    pub draft: DraftArgs,
    /// The first five bytes of the scheme's AIDs, in hex.
    #[arg(long, value_name = "HEX", default_value = "A000000333", value_parser = hex_bytes::<5>)]
    pub rid: [u8; 5],
    /// Which of the scheme's keys, in hex.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<1>)]
    pub index: [u8; 1],
    /// Until when it is good, YYMMDD.
    #[arg(long, value_name = "YYMMDD", default_value = "351231", value_parser = hex_bytes::<3>)]
    pub expiry: [u8; 3],
}

#[derive(Debug, Args)]
pub(crate) struct IssuerArgs {
    #[command(flatten)]
    pub draft: DraftArgs,
    /// The scheme's key, by its name in the file.
    #[arg(long, value_name = "NAME", default_value = "unionpay")]
    pub ca: String,
    /// Until when the certificate is good, MMYY.
    #[arg(long, value_name = "MMYY", default_value = "1235", value_parser = hex_bytes::<2>)]
    pub expiry: [u8; 2],
    /// Serial number of the certificate, in hex.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<3>)]
    pub serial: [u8; 3],
}

#[derive(Debug, Args)]
pub(crate) struct IccArgs {
    #[command(flatten)]
    pub draft: DraftArgs,
    /// Until when the certificate is good, MMYY.
    #[arg(long, value_name = "MMYY", default_value = "1230", value_parser = hex_bytes::<2>)]
    pub expiry: [u8; 2],
    /// Serial number of the certificate, in hex.
    #[arg(long, value_name = "HEX", value_parser = hex_bytes::<3>)]
    pub serial: [u8; 3],
}

#[derive(Debug, Subcommand)]
pub(crate) enum RecordCommand {
    /// A scheme's key.
    Ca {
        /// Its name in the file.
        name: String,
    },
    /// An application that the terminal accepts.
    Application(ApplicationArgs),
    /// An issuer's name by the first six digits of its cards.
    Issuer {
        /// Six digits.
        bin: String,
        /// 1 to 16 printable ASCII characters.
        name: String,
    },
    /// An issuer's certificate that is good no more.
    Revocation {
        /// The scheme's key, by its name in the file.
        ca: String,
        /// Serial number of the certificate, in hex.
        #[arg(value_parser = hex_bytes::<3>)]
        serial: [u8; 3],
    },
}

/// How much of an AID must be as it is said.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AidMatch {
    /// A card's may be longer.
    Partial,
    /// All of it.
    Exact,
}

#[derive(Debug, Args)]
pub(crate) struct ApplicationArgs {
    /// The AID, 5 to 16 bytes in hex.
    pub aid: String,
    /// How much of it must be as it is said.
    #[arg(long = "match", value_enum, default_value = "partial")]
    pub matching: AidMatch,
    /// 9F09, in hex.
    #[arg(long, value_name = "HEX", default_value = "0030", value_parser = hex_bytes::<2>)]
    pub application_version: [u8; 2],
    /// Terminal action code: what is declined.
    #[arg(long, value_name = "HEX", default_value = "0000000000", value_parser = hex_bytes::<5>)]
    pub tac_denial: [u8; 5],
    /// Terminal action code: what goes online.
    #[arg(long, value_name = "HEX", default_value = "D84004F800", value_parser = hex_bytes::<5>)]
    pub tac_online: [u8; 5],
    /// Terminal action code: what is declined without a way to the host.
    #[arg(long, value_name = "HEX", default_value = "D84000A800", value_parser = hex_bytes::<5>)]
    pub tac_default: [u8; 5],
    /// Floor limit, in the smallest unit.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub floor: u64,
    /// Threshold of the biased random selection; by default the floor limit.
    #[arg(long, value_name = "N")]
    pub threshold: Option<u64>,
    /// Hundredths that are selected.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=99))]
    pub target: u8,
    /// Most hundredths that are selected; by default as many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=99))]
    pub max_target: Option<u8>,
    /// The default DDOL, in hex.
    #[arg(long, value_name = "HEX", default_value = "9F3704")]
    pub ddol: String,
    /// The default TDOL, in hex.
    #[arg(long, value_name = "HEX")]
    pub tdol: Option<String>,
}

fn hex_bytes<const N: usize>(text: &str) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| format!("expected {} hex digits", N * 2))?;
    Ok(bytes)
}
