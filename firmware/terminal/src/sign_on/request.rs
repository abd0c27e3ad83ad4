//! The sign-on request, 0800 (INTERFACE.md, section 6).

use core::fmt::Write;

use heapless::{String, Vec};

use super::proof::Proof;
use crate::iso8583::frame::REQUEST;
use crate::iso8583::six_digits::six_digits;
use crate::iso8583::writer::{EncodeError, Writer};
use crate::keystore::secrets::Secrets;
use crate::parameters::Parameters;

/// Element 05 of the proof.
const APPLICATION: &str = "PT000100";
const MTI: [u8; 2] = [0x08, 0x00];
/// Field 63: the operator.
const OPERATOR: &[u8] = b"001";

/// Writes the request for a STAN.
///
/// # Errors
/// When a parameter cannot be sent, which no provisioning record can bring about.
pub(crate) fn request(
    stan: u32,
    batch: u32,
    parameters: &Parameters,
    secrets: &Secrets,
) -> Result<Vec<u8, REQUEST>, EncodeError> {
    let stan = six_digits(stan);
    let proof = Proof {
        factory_key: secrets.factory_key(),
        serial: secrets.serial(),
        factor: &stan,
        version: APPLICATION,
        lengths: parameters.proof_lengths,
    };
    let mut management = String::<17>::new();
    let _ = write!(management, "00{}{}", six_digits(batch), parameters.key_scheme.network_code());
    let id = secrets.device_id();
    let mut device = String::<40>::new();
    let _ = write!(device, "Sequence No{:02}{id}", id.len());

    let mut writer = Writer::new(&parameters.tpdu, MTI)?;
    writer.put(11, stan.as_bytes())?;
    writer.put(41, &parameters.terminal_id)?;
    writer.put(42, &parameters.merchant_id)?;
    writer.put(59, proof.field().as_bytes())?;
    writer.put(60, management.as_bytes())?;
    writer.put(62, device.as_bytes())?;
    writer.put(63, OPERATOR)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::request;
    use crate::crypto::keys::Key16;
    use crate::iso8583::message::Message;
    use crate::keystore::secrets::Secrets;
    use crate::parameters::tests::example;
    use crate::parameters::{Parameters, ProofLengths};
    use crate::sign_on::key_scheme::KeyScheme;
    use crate::vectors::{Vectors, bytes};
    use rstest::rstest;

    fn secrets(device_id: &str) -> Secrets {
        let case = Vectors::load("terminal_proof_constructed").named("constructed_000007");
        let key = Key16::take(&mut bytes(case.input("factory_key")));
        Secrets::new(device_id.try_into().unwrap(), *b"0000290210015708", key)
    }

    #[test]
    fn every_field_of_the_interface() {
        let frame = request(7, 42, &example(), &secrets("30600000290210015708")).unwrap();
        assert_eq!(frame[2..13], hex::decode("6000030000603100311108").unwrap());
        assert_eq!(usize::from(u16::from_be_bytes([frame[0], frame[1]])), frame.len() - 2);
        let message = Message::decode(&frame).unwrap();
        assert_eq!(message.mti(), [0x08, 0x00]);
        assert_eq!(message.digits::<6>(11).unwrap(), b"000007");
        assert_eq!(message.bytes(41).unwrap(), b"99999906");
        assert_eq!(message.bytes(42).unwrap(), b"001430170119999");
        let proof = message.bytes(59).unwrap();
        assert_eq!(proof, b"A2065010020202016000029021001570803006000007040081754619305008PT000100");
        assert_eq!(message.digits::<17>(60).unwrap(), b"00000042004");
        assert_eq!(message.bytes(62).unwrap(), b"Sequence No2030600000290210015708");
        assert_eq!(message.bytes(63).unwrap(), b"001");
        let present = (1..=64)
            .filter(|field| message.bytes(*field).is_some() || message.digits::<17>(*field).is_some());
        assert_eq!(std::vec::Vec::from_iter(present), [11, 41, 42, 59, 60, 62, 63]);
    }

    #[rstest]
    #[case(KeyScheme::Single, b"00000042001")]
    #[case(KeyScheme::Double, b"00000042003")]
    #[case(KeyScheme::DoubleWithTrack, b"00000042004")]
    #[case(KeyScheme::Sm4, b"00000042005")]
    #[case(KeyScheme::Sm4By006, b"00000042006")]
    fn the_network_code_asks_for_the_keys_of_the_scheme(
        #[case] key_scheme: KeyScheme,
        #[case] management: &[u8],
    ) {
        let parameters = Parameters { key_scheme, ..example() };
        let frame = request(7, 42, &parameters, &secrets("30600000290210015708")).unwrap();
        assert_eq!(Message::decode(&frame).unwrap().digits::<17>(60).unwrap(), management);
    }

    #[test]
    fn the_longest_and_the_shortest_request_fit() {
        let two = Parameters { proof_lengths: ProofLengths::Two, ..example() };
        for (parameters, id) in [(example(), "30600000290210015708"), (two, "ABCDEF12")] {
            assert!(request(999_999, 999_999, &parameters, &secrets(id)).is_ok());
        }
    }
}
