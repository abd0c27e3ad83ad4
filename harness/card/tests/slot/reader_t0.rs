//! T=0 as a terminal speaks it.

use std::time::Duration;

use tokio::time::Instant;

use super::contact::{Contact, SLACK};

/// WWT at WI 10, and what EMV adds.
const WAITING: Duration = Duration::from_millis(960 + 48);

impl Contact {
    /// One command TPDU: its data, SW1, SW2.
    async fn tpdu(&mut self, header: [u8; 5], data: &[u8]) -> Result<Vec<u8>, String> {
        let (mut sent, mut got) = (0, vec![]);
        let most = if header[4] == 0 { 256 } else { usize::from(header[4]) };
        self.say(&header).await;
        let mut since = Instant::now();
        loop {
            if since.elapsed() > Duration::from_secs(30) {
                return Err("no answer".into());
            }
            let byte = self.careful(WAITING + SLACK).await?;
            match byte {
                0x60 => continue,
                byte if byte == header[1] || byte == !header[1] => {
                    let count = if byte == header[1] { usize::MAX } else { 1 };
                    if data.is_empty() {
                        for _ in 0..count.min(most - got.len()) {
                            got.push(self.careful(WAITING + SLACK).await?);
                        }
                    } else {
                        let part = data[sent..].iter().copied().take(count).collect::<Vec<u8>>();
                        sent += part.len();
                        self.say(&part).await;
                    }
                }
                0x61..=0x6F | 0x90..=0x9F => {
                    got.extend([byte, self.careful(WAITING + SLACK).await?]);
                    return Ok(got);
                }
                other => return Err(format!("procedure byte {other:02X}")),
            }
            since = Instant::now();
        }
    }

    /// A command APDU of case 1 to 4; its response APDU.
    pub async fn t0(&mut self, apdu: &[u8]) -> Result<Vec<u8>, String> {
        let header: [u8; 4] = apdu[..4].try_into().unwrap();
        let with = |p3: u8| [header[0], header[1], header[2], header[3], p3];
        let mut got = match apdu.len() {
            4 => self.tpdu(with(0), &[]).await?,
            5 => self.tpdu(with(apdu[4]), &[]).await?,
            _ => {
                let lc = usize::from(apdu[4]);
                self.tpdu(with(apdu[4]), &apdu[5..5 + lc]).await?
            }
        };
        let has_le = apdu.len() > 5 && apdu.len() > 5 + usize::from(apdu[4]);
        let mut warning = None;
        for _ in 0..40 {
            let sw = got.split_off(got.len() - 2);
            let fetch = |length: u8| [header[0], 0xC0, 0, 0, length];
            let more = match (sw[0], apdu.len()) {
                (0x61, _) => self.tpdu(fetch(sw[1]), &[]).await?,
                (0x6C, 4 | 5) if warning.is_none() => self.tpdu(with(sw[1]), &[]).await?,
                (0x6C, _) => self.tpdu(fetch(sw[1]), &[]).await?,
                (0x62 | 0x63, _) if has_le && warning.is_none() => {
                    warning = Some(sw);
                    self.tpdu(fetch(0), &[]).await?
                }
                _ => {
                    got.extend(warning.unwrap_or(sw));
                    return Ok(got);
                }
            };
            got.extend(more);
        }
        Err("no end".into())
    }
}
