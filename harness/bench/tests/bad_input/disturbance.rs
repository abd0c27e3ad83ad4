//! What goes wrong on a line between two bytes, and a line on which it does.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use payrig_bench::diagnosis::Between;
use payrig_rig::BoxLine;
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, duplex, split},
    task::spawn_local,
};

/// A line that no modem sends.
const LONG: usize = 10 * 1024;
/// Lines that modems of all kinds say, wherever they may say them, and beginnings of such.
const CODES: [&str; 21] = [
    "\r\nRING\r\n",
    "\r\nRDY\r\n",
    "\r\nCall Ready\r\n",
    "\r\n+CPIN: NOT READY\r\n",
    "\r\n+CREG: 2\r\n",
    "\r\n+CREG: 0,2\r\n",
    "\r\n+CSQ: 3,0\r\n",
    "\r\n+CME ERROR: 14\r\n",
    "\r\nOK\r\n",
    "\r\nERROR\r\n",
    "\r\nCLOSED\r\n",
    "\r\n+PDP: DEACT\r\n",
    "\r\nSEND FAIL\r\n",
    "\r\nCONNECT OK\r\n",
    "\r\n> ",
    "\r\n+IPD,5:",
    "\r\n+IPD,99999:",
    "\r\n+QIURC: \"closed\",0\r\n",
    "\r\n+QIURC: \"recv\",0,7\r\n",
    "\r\n+QIURC: \"pdpdeact\",1\r\n",
    "\r\nNO CARRIER\r\n",
];

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToTerminal,
    FromTerminal,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum What {
    /// Bytes come that nobody sent.
    Inserted(Vec<u8>),
    /// A line of 10 kB comes that nobody sent: of this byte.
    LongLine(u8),
    /// So many bytes are lost.
    Lost(usize),
    /// The byte comes twice.
    Doubled,
    /// A bit of the byte is another.
    Flipped(u8),
}

/// Something that goes wrong before, or with, one byte of a direction.
#[derive(Clone, Debug)]
pub struct Disturbance {
    way: Way,
    /// Which byte, from 0.
    at: usize,
    what: What,
}

impl Disturbance {
    /// The `at`th byte of the terminal comes twice.
    pub const fn doubled(at: usize) -> Self {
        Self { way: Way::FromTerminal, at, what: What::Doubled }
    }
}

/// One to six of them, among so many bytes of either direction.
pub fn disturbances(bytes: Range<usize>) -> impl Strategy<Value = Vec<Disturbance>> {
    let inserted = prop_oneof![
        3 => select(&CODES).prop_map(|code| code.as_bytes().to_vec()),
        1 => vec(0x80..=0xFFu8, 1..80),
        1 => vec(any::<u8>(), 1..80),
        1 => vec(0x80..=0xFFu8, 1..80).prop_map(|bytes| [b"\r\n", &*bytes, b"\r\n"].concat()),
    ];
    let to_terminal = prop_oneof![
        4 => inserted.prop_map(What::Inserted),
        1 => prop_oneof![Just(b'x'), Just(0xFF), Just(b'+'), any::<u8>()].prop_map(What::LongLine),
        2 => (1..20usize).prop_map(What::Lost),
        2 => Just(What::Doubled),
        2 => (0..8u8).prop_map(What::Flipped),
    ];
    // Nobody but the terminal speaks to the modem.
    let from_terminal = prop_oneof![
        (1..20usize).prop_map(What::Lost),
        Just(What::Doubled),
        (0..8u8).prop_map(What::Flipped),
    ];
    let to_terminal =
        (bytes.clone(), to_terminal).prop_map(|(at, what)| Disturbance { way: Way::ToTerminal, at, what });
    let from_terminal =
        (bytes, from_terminal).prop_map(|(at, what)| Disturbance { way: Way::FromTerminal, at, what });
    vec(prop_oneof![3 => to_terminal, 1 => from_terminal], 1..=6)
}

/// A switch for all disturbances of a line.
#[derive(Clone, Debug)]
pub struct Switch(Arc<AtomicBool>);

impl Switch {
    pub fn off(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What disturbs a line, and its switch.
pub fn disturbed(plan: Vec<Disturbance>) -> (Between, Switch) {
    let switch = Switch(Arc::new(AtomicBool::new(true)));
    let disturbing = switch.clone();
    let between = move |line: BoxLine| {
        let (near, far) = duplex(4096);
        let on_way = |way| {
            let plan = plan.iter().filter(|disturbance| disturbance.way == way).cloned().collect();
            Disturber { plan, passed: 0, lose: 0, switch: disturbing.clone() }
        };
        let (to, from) = (on_way(Way::ToTerminal), on_way(Way::FromTerminal));
        spawn_local(async move {
            let (mut from_terminal, mut to_terminal) = split(line);
            let (mut from_modem, mut to_modem) = split(far);
            // The line ends when either side ends it.
            tokio::select! {
                () = to.carry(&mut from_modem, &mut to_terminal) => {}
                () = from.carry(&mut from_terminal, &mut to_modem) => {}
            }
        });
        Box::new(near) as BoxLine
    };
    (Box::new(between), switch)
}

/// One direction of a line.
struct Disturber {
    plan: Vec<Disturbance>,
    /// Bytes that have come.
    passed: usize,
    /// Bytes that are still to be lost.
    lose: usize,
    switch: Switch,
}

impl Disturber {
    async fn carry(mut self, from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) {
        let mut space = [0; 256];
        while let Ok(count @ 1..) = from.read(&mut space).await {
            let mut carried = Vec::new();
            space[..count].iter().for_each(|byte| self.take(*byte, &mut carried));
            if to.write_all(&carried).await.is_err() {
                return;
            }
        }
    }

    fn take(&mut self, mut byte: u8, carried: &mut Vec<u8>) {
        let at = self.passed;
        self.passed += 1;
        let mut times = 1;
        if self.switch.is_on() {
            for disturbance in self.plan.iter().filter(|disturbance| disturbance.at == at) {
                match &disturbance.what {
                    What::Inserted(bytes) => carried.extend(bytes),
                    What::LongLine(of) => {
                        carried.extend(b"\r\n");
                        carried.resize(carried.len() + LONG, *of);
                        carried.extend(b"\r\n");
                    }
                    What::Lost(bytes) => self.lose = *bytes,
                    What::Doubled => times = 2,
                    What::Flipped(bit) => byte ^= 1 << bit,
                }
            }
            if self.lose > 0 {
                self.lose -= 1;
                return;
            }
        }
        carried.extend(std::iter::repeat_n(byte, times));
    }
}
