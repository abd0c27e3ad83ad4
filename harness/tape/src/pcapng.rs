//! Packets into a pcapng file.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use pcap_file::DataLink;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption, InterfaceTsResolution,
};
use pcap_file::pcapng::blocks::opt_common::CommonOption;
use pcap_file::pcapng::blocks::section_header::{SectionHeaderBlock, SectionHeaderOption};

use crate::sink::Sink;

/// Decimal digits of a second in a time stamp.
const NANOSECONDS: u8 = 9;

/// Writes each block whole and at once: the library formats into memory, the sink writes.
pub(crate) struct PacketFile {
    writer: PcapNgWriter<Vec<u8>>,
    sink: Sink,
}

impl PacketFile {
    /// Begins the file with a section and one interface of plain IP packets.
    pub(crate) fn new(sink: Sink) -> io::Result<Self> {
        let application = SectionHeaderOption::UserApplication(Cow::Borrowed("payrig"));
        let section = SectionHeaderBlock { options: vec![application], ..Default::default() };
        let mut writer = PcapNgWriter::with_section_header(Vec::new(), section).map_err(io::Error::other)?;
        let resolution = InterfaceTsResolution::new(false, NANOSECONDS).map_err(io::Error::other)?;
        let interface = InterfaceDescriptionBlock {
            linktype: DataLink::RAW,
            snaplen: 0,
            options: vec![
                InterfaceDescriptionOption::IfName(Cow::Borrowed("host")),
                InterfaceDescriptionOption::IfTsResol(resolution),
            ],
        };
        writer.write_pcapng_block(interface).map_err(io::Error::other)?;
        let mut file = Self { writer, sink };
        file.pass_on();
        Ok(file)
    }

    /// Writes a packet; `at` counts from 1970-01-01 UTC.
    pub(crate) fn packet(&mut self, at: Duration, data: &[u8], comment: &str) {
        let options = match comment {
            "" => vec![],
            comment => vec![EnhancedPacketOption::Common(CommonOption::Comment(Cow::Borrowed(comment)))],
        };
        let original_len = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: at,
            original_len,
            data: Cow::Borrowed(data),
            options,
        };
        match self.writer.write_pcapng_block(block) {
            Ok(_) => self.pass_on(),
            Err(error) => {
                self.writer.get_mut().clear();
                self.sink.give_up(io::Error::other(error));
            }
        }
    }

    pub(crate) fn sink(&mut self) -> &mut Sink {
        &mut self.sink
    }

    fn pass_on(&mut self) {
        let block = std::mem::take(self.writer.get_mut());
        self.sink.record(&block);
    }
}
