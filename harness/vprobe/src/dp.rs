//! An SWD debug port with one access port behind it.
//!
//! Source: ARM IHI 0031C (ADIv5), chapter 2 "The Debug Port".

use crate::ap::{DRW, MemAp};
use crate::bus::{Bus, BusError};
use crate::error::VprobeError;
use crate::model::Model;

const STICKYORUN: u32 = 1 << 1;
const STICKYCMP: u32 = 1 << 4;
const STICKYERR: u32 = 1 << 5;
const READOK: u32 = 1 << 6;
const WDATAERR: u32 = 1 << 7;
const CDBGPWRUPREQ: u32 = 1 << 28;
const CSYSPWRUPREQ: u32 = 1 << 30;
/// The bits of CTRL/STAT that a write sets: requests, TRNCNT, MASKLANE, TRNMODE, ORUNDETECT.
const CTRL_WRITABLE: u32 = 0x5400_0F0D | 0x003F_F000;

/// One SWD transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transfer {
    /// To the access port instead of the debug port.
    pub(crate) to_ap: bool,
    /// Bits 3 and 2 of the register's address.
    pub(crate) address: u8,
    /// The word to write; `None` reads.
    pub(crate) write: Option<u32>,
}

impl Transfer {
    fn accesses_memory(self, select: u32) -> bool {
        self.to_ap && select & 0xFF00_00F0 == 0 && self.address == DRW
    }
}

/// How a transfer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Response {
    /// A read was answered.
    Data(u32),
    /// A write was taken.
    Taken,
    /// The debug port answered FAULT.
    Fault,
}

/// The debug port's registers, and those of its access port.
#[derive(Debug)]
pub(crate) struct DebugPort {
    dpidr: u32,
    ctrl: u32,
    select: u32,
    /// The result of the last access-port read, which the next read hands out.
    posted: u32,
    ap: MemAp,
}

impl DebugPort {
    /// The port of a board that has just got power.
    pub(crate) fn new(model: &Model) -> Self {
        Self { dpidr: model.dpidr, ctrl: 0, select: 0, posted: 0, ap: MemAp::new(model.ap_idr) }
    }

    /// Carries out transfers in order, up to the first that faults; what follows it is not looked at.
    ///
    /// # Errors
    /// The board behind the port is gone.
    pub(crate) fn transfer(
        &mut self,
        transfers: &[Transfer],
        bus: &mut impl Bus,
    ) -> Result<Vec<Response>, VprobeError> {
        let mut responses = Vec::with_capacity(transfers.len());
        let mut rest = transfers;
        while !rest.is_empty() {
            let run = self.run_length(rest);
            let (now, later) = rest.split_at(run);
            let done = match self.memory_run(now, bus, &mut responses) {
                // Somewhere in the run: one by one, the accesses before it are answered as on a real bus.
                Err(BusError::Fault) if run > 1 => self.one_by_one(now, bus, &mut responses),
                other => other,
            };
            match done {
                Ok(()) if responses.last() == Some(&Response::Fault) => break,
                Ok(()) => rest = later,
                Err(BusError::Fault) => {
                    self.ctrl |= STICKYERR;
                    responses.push(Response::Fault);
                    break;
                }
                Err(BusError::Lost(e)) => return Err(e),
            }
        }
        Ok(responses)
    }

    /// How many transfers at the front are memory accesses in one direction that the bus can do at once; at least 1.
    fn run_length(&self, transfers: &[Transfer]) -> usize {
        let Some(first) = transfers.first() else { return 0 };
        if !first.accesses_memory(self.select) || !self.usable() {
            return 1;
        }
        let same =
            |t: &&Transfer| t.accesses_memory(self.select) && t.write.is_some() == first.write.is_some();
        transfers.iter().take(self.ap.run_length()).take_while(same).count()
    }

    fn one_by_one(
        &mut self,
        run: &[Transfer],
        bus: &mut impl Bus,
        responses: &mut Vec<Response>,
    ) -> Result<(), BusError> {
        for transfer in run {
            responses.push(self.one(*transfer, bus)?);
        }
        Ok(())
    }

    /// A run of memory accesses as one; a run that faults has had no effect.
    fn memory_run(
        &mut self,
        run: &[Transfer],
        bus: &mut impl Bus,
        responses: &mut Vec<Response>,
    ) -> Result<(), BusError> {
        if run.len() == 1 {
            return self.one_by_one(run, bus, responses);
        }
        let written: Vec<u32> = run.iter().filter_map(|t| t.write).collect();
        if !written.is_empty() {
            self.ap.write_block(&written, bus)?;
            responses.extend(run.iter().map(|_| Response::Taken));
            return Ok(());
        }
        let mut values = vec![0; run.len()];
        self.ap.read_block(&mut values, bus)?;
        for value in values {
            responses.push(Response::Data(std::mem::replace(&mut self.posted, value)));
        }
        self.ctrl |= READOK;
        Ok(())
    }

    fn one(&mut self, transfer: Transfer, bus: &mut impl Bus) -> Result<Response, BusError> {
        if transfer.to_ap {
            return self.access_port(transfer, bus);
        }
        Ok(match transfer.write {
            None => Response::Data(self.read(transfer.address)),
            Some(value) => {
                self.write(transfer.address, value);
                Response::Taken
            }
        })
    }

    fn access_port(&mut self, transfer: Transfer, bus: &mut impl Bus) -> Result<Response, BusError> {
        if !self.usable() {
            return Err(BusError::Fault);
        }
        let exists = self.select >> 24 == 0;
        let register = (self.select & 0xF0) as u8 | transfer.address;
        match transfer.write {
            None => {
                let value = if exists { self.ap.read(register, bus)? } else { 0 };
                self.ctrl |= READOK;
                Ok(Response::Data(std::mem::replace(&mut self.posted, value)))
            }
            Some(value) => {
                if exists {
                    self.ap.write(register, value, bus)?;
                }
                Ok(Response::Taken)
            }
        }
    }

    /// Access ports answer only when the debug domain has power and no error stands.
    fn usable(&self) -> bool {
        self.ctrl & CDBGPWRUPREQ != 0 && self.ctrl & (STICKYORUN | STICKYCMP | STICKYERR | WDATAERR) == 0
    }

    fn read(&mut self, address: u8) -> u32 {
        match address {
            0x0 => self.dpidr,
            0x4 if self.select & 0xF == 0 => {
                // Each acknowledge bit is the one above its request: power comes at once.
                self.ctrl | (self.ctrl & (CDBGPWRUPREQ | CSYSPWRUPREQ)) << 1
            }
            0x4 => 0,
            // RESEND and RDBUFF both hand out the last access-port read.
            _ => self.posted,
        }
    }

    fn write(&mut self, address: u8, value: u32) {
        match address {
            0x0 => self.abort(value),
            0x4 if self.select & 0xF == 0 => {
                self.ctrl = (self.ctrl & !CTRL_WRITABLE) | (value & CTRL_WRITABLE);
            }
            0x8 => self.select = value,
            _ => {}
        }
    }

    /// Clears the sticky errors, as a write of all their bits to ABORT does.
    pub(crate) fn clear_errors(&mut self) {
        self.abort(0x1E);
    }

    /// Write to ABORT (IHI 0031C, 2.2.1).
    fn abort(&mut self, value: u32) {
        for (request, sticky) in
            [(1 << 1, STICKYCMP), (1 << 2, STICKYERR), (1 << 3, WDATAERR), (1 << 4, STICKYORUN)]
        {
            if value & request != 0 {
                self.ctrl &= !sticky;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;
    impl Bus for Nothing {
        fn read(&mut self, _: u32, _: &mut [u8]) -> Result<(), BusError> {
            Err(BusError::Fault)
        }
        fn write(&mut self, _: u32, _: &[u8]) -> Result<(), BusError> {
            Err(BusError::Fault)
        }
    }

    fn port() -> DebugPort {
        DebugPort::new(&Model::of("mps2-an386").unwrap())
    }

    fn read(to_ap: bool, address: u8) -> Transfer {
        Transfer { to_ap, address, write: None }
    }

    fn write(to_ap: bool, address: u8, value: u32) -> Transfer {
        Transfer { to_ap, address, write: Some(value) }
    }

    fn run(dp: &mut DebugPort, transfers: &[Transfer]) -> Vec<Response> {
        dp.transfer(transfers, &mut Nothing).unwrap()
    }

    #[test]
    fn an_access_port_read_is_posted() {
        let mut dp = port();
        let got = run(
            &mut dp,
            &[write(false, 4, CDBGPWRUPREQ), write(false, 8, 0xF0), read(true, 0xC), read(false, 0xC)],
        );
        assert_eq!(got, [Response::Taken, Response::Taken, Response::Data(0), Response::Data(0x2477_0011)]);
    }

    #[test]
    fn without_power_access_ports_fault() {
        assert_eq!(run(&mut port(), &[read(true, 0)]), [Response::Fault]);
    }

    #[test]
    fn a_bus_error_stands_until_it_is_cleared_and_cuts_the_batch_short() {
        let mut dp = port();
        let got =
            run(&mut dp, &[write(false, 4, CDBGPWRUPREQ), read(true, DRW), read(true, DRW), read(false, 4)]);
        assert_eq!(got, [Response::Taken, Response::Fault]);
        assert_eq!(run(&mut dp, &[read(true, 0)]), [Response::Fault]);
        let got = run(&mut dp, &[read(false, 4), write(false, 0, 1 << 2), read(true, 0)]);
        assert!(matches!(got[0], Response::Data(ctrl) if ctrl & STICKYERR != 0));
        assert_eq!(got.len(), 3);
        assert!(matches!(got[2], Response::Data(_)));
    }

    /// Words at 0 to 0x1F that can be read, and nothing behind them.
    struct Edge;
    impl Bus for Edge {
        fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), BusError> {
            bytes.fill(address as u8);
            if address as usize + bytes.len() > 0x20 { Err(BusError::Fault) } else { Ok(()) }
        }
        fn write(&mut self, _: u32, _: &[u8]) -> Result<(), BusError> {
            Err(BusError::Fault)
        }
    }

    #[test]
    fn a_run_over_the_edge_answers_up_to_the_edge() {
        let mut dp = port();
        let setup = [write(false, 4, CDBGPWRUPREQ), write(true, 0, 0x12), write(true, 4, 0x18)];
        dp.transfer(&setup, &mut Edge).unwrap();
        let got = dp.transfer(&[read(true, DRW); 4], &mut Edge).unwrap();
        assert_eq!(got, [Response::Data(0), Response::Data(0x1818_1818), Response::Fault]);
        let retry = dp.transfer(&[write(true, 4, 0)], &mut Edge).unwrap();
        assert_eq!(retry, [Response::Fault], "the error stands");
        dp.clear_errors();
        assert_eq!(dp.transfer(&[write(true, 4, 0)], &mut Edge).unwrap(), [Response::Taken]);
    }

    #[test]
    fn an_access_port_that_does_not_exist_reads_as_zero() {
        let mut dp = port();
        let got = run(
            &mut dp,
            &[write(false, 4, CDBGPWRUPREQ), write(false, 8, 0x0100_00F0), read(true, 0xC), read(false, 0xC)],
        );
        assert_eq!(got.last(), Some(&Response::Data(0)));
    }
}
