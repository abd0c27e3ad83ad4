//! A transaction from its beginning to its end.

use std::string::String;
use std::vec::Vec;

use embassy_futures::block_on;

use super::card::{Card, tlv};
use super::holder::Holder;
use super::parameters::{Counting, Parameters};
use crate::emv::action::Cryptogram;
use crate::emv::completion::Verdict;
use crate::emv::course::{Course, Parts};
use crate::emv::fault::Ending;
use crate::emv::first::FirstOutcome;
use crate::emv::initiation::Initiation;
use crate::emv::memory::Memory;
use crate::emv::transaction::{HostAnswer, NoAnswer, Purpose, TerminalData, TransactionData};
use crate::emv::values::Results;
use crate::money::amount::Amount;

/// What the host says.
#[derive(Clone)]
pub(crate) enum Host {
    Approves(Vec<u8>),
    Declines(Vec<u8>),
    Silent(NoAnswer),
}

/// A bench.
pub(crate) struct Bench {
    pub(crate) card: Card,
    pub(crate) holder: Holder,
    pub(crate) parameters: Parameters,
    pub(crate) purpose: Purpose,
    pub(crate) host: Host,
    pub(crate) entropy: u8,
    pub(crate) today: [u8; 3],
}

/// How it ended.
#[derive(Debug, PartialEq)]
pub(crate) struct Report {
    pub(crate) wanted: Cryptogram,
    /// `None` where it ended offline.
    pub(crate) verdict: Option<Verdict>,
    /// After the restrictions up to the analysis.
    pub(crate) before: Results,
    pub(crate) results: Results,
    pub(crate) request: String,
    /// The same objects at the end.
    pub(crate) last: String,
    /// DF31, where it is there.
    pub(crate) scripts: String,
    /// What the request takes from the card: fields 2, 14, 23, 35, the label, the balance on the card.
    pub(crate) taken: String,
}

pub(crate) const TERMINAL: TerminalData =
    TerminalData { serial: *b"00000001", terminal_id: *b"99999906", merchant_id: *b"001430170119999" };

impl Bench {
    pub(crate) fn new(card: Card) -> Self {
        Self {
            card,
            holder: Holder::default(),
            parameters: Parameters::default(),
            purpose: Purpose::Sale(Amount::new(1_000).unwrap()),
            host: Host::Approves(Vec::new()),
            entropy: 0x40,
            today: [0x26, 0x01, 0x01],
        }
    }

    pub(crate) fn run(&mut self) -> Result<Report, Ending> {
        block_on(self.course())
    }

    pub(crate) fn tvr(&mut self) -> String {
        std::format!("{}", self.run().unwrap().results.tvr)
    }

    async fn course(&mut self) -> Result<Report, Ending> {
        let transaction =
            TransactionData { purpose: self.purpose, date: self.today, time: [0x12, 0x30, 0x45], stan: 7 };
        let (mut memory, mut entropy) = (Memory::default(), Counting(self.entropy));
        let mut candidates = Course::<Parts<Card, Parameters, Counting>, _>::begin(
            &mut self.card,
            &mut self.parameters,
            &mut entropy,
            &mut memory,
            (&TERMINAL, &transaction),
        )
        .find_candidates()
        .await?;
        let initiated = loop {
            match candidates.select(&mut self.holder).await?.initiate().await? {
                Initiation::Initiated(initiated) => break initiated,
                Initiation::Refused(others) => candidates = others,
            }
        };
        let restricted = initiated.read().await?.authenticate().await?.restrict();
        let analysed = restricted.manage_risk().await?.verify(&mut self.holder).await?.analyse();
        let (wanted, before) = (analysed.wanted(), *analysed.results());
        match analysed.generate().await? {
            FirstOutcome::Approved(done) => Ok(report(&done, wanted, before, None)),
            FirstOutcome::Online(mut online) => {
                let balance = online.balance_on_card().await?;
                let taken = taken(&online, balance);
                let request = field(&online);
                let done = match &self.host {
                    Host::Approves(chip_data) => {
                        online.complete(HostAnswer { declined_with: None, chip_data }).await
                    }
                    Host::Declines(chip_data) => {
                        online.complete(HostAnswer { declined_with: Some(*b"51"), chip_data }).await
                    }
                    Host::Silent(why) => online.without_answer(*why).await,
                };
                let verdict = Some(done.verdict());
                assert_eq!(done.has_script_results(), !scripts(&done).is_empty());
                Ok(Report { request, taken, ..report(&done, wanted, before, verdict) })
            }
        }
    }
}

fn field<S>(course: &Course<'_, Parts<Card, Parameters, Counting>, S>) -> String {
    hex::encode_upper(course.values().field_55().unwrap())
}

fn scripts<S>(course: &Course<'_, Parts<Card, Parameters, Counting>, S>) -> String {
    match course.values().issuer.script_results.as_slice() {
        [] => String::new(),
        results => hex::encode_upper(tlv(0xDF31, results)),
    }
}

fn report<S>(
    course: &Course<'_, Parts<Card, Parameters, Counting>, S>,
    wanted: Cryptogram,
    before: Results,
    verdict: Option<Verdict>,
) -> Report {
    Report {
        wanted,
        verdict,
        before,
        results: *course.results(),
        request: field(course),
        last: field(course),
        scripts: scripts(course),
        taken: String::new(),
    }
}

fn taken<S>(course: &Course<'_, Parts<Card, Parameters, Counting>, S>, balance: Option<u64>) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    std::format!(
        "{} {} {:?} {} {} {balance:?}",
        course.card_number().unwrap().digits(),
        text(&course.expiry().unwrap()),
        course.sequence_number(),
        text(&course.track_2().unwrap()),
        course.name(),
    )
}
