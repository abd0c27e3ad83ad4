//! The certificate by which the host speaks TLS.

use std::{fs, net::SocketAddr, path::Path, sync::Arc};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject},
    },
};

use crate::{cli::AcquirerArgs, failure::Failure};

/// A chain, the host's own certificate first, and its key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What makes TLS of a connection, where that is asked for.
pub(super) fn acceptor(args: &AcquirerArgs) -> Result<Option<TlsAcceptor>, Failure> {
    let (chain, key) = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => read(certificate, key)?,
        _ if args.tls => make(args.listen, args.tls_cert_out.as_deref())?,
        _ => return Ok(None),
    };
    let unusable = |e: rustls::Error| {
        let help = "name a certificate and the private key that it was made for";
        Failure::input(format!("--tls: the certificate cannot be used: {e}"), help)
    };
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    Ok(Some(Arc::new(config).into()))
}

/// A certificate that nobody has signed, for this machine's own names. It never expires: terminals have wrong clocks.
fn make(address: SocketAddr, out: Option<&Path>) -> Result<Identity, Failure> {
    let names = ["localhost".into(), "127.0.0.1".into(), "::1".into(), address.ip().to_string()];
    let made = generate_simple_self_signed(names.to_vec());
    let CertifiedKey { cert, signing_key }: CertifiedKey<KeyPair> =
        made.map_err(|e| Failure::rig(format!("failed to make a certificate: {e}")))?;
    if let Some(file) = out {
        fs::write(file, cert.pem()).map_err(|e| {
            let help = "name a file that can be written";
            Failure::input(format!("--tls-cert-out {}: cannot be written: {e}", file.display()), help)
        })?;
    }
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der());
    Ok((vec![cert.der().clone()], key.into()))
}

fn read(certificate: &Path, key: &Path) -> Result<Identity, Failure> {
    let wrong = |file: &Path, what: &str| {
        Failure::input(
            format!("{}: expected {what} in PEM", file.display()),
            "`openssl x509` and `openssl pkey` convert",
        )
    };
    let contents = |file: &Path| {
        fs::read(file).map_err(|e| {
            Failure::input(format!("{}: cannot be read: {e}", file.display()), "name a file in PEM")
        })
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&contents(certificate)?).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| wrong(certificate, "a certificate"))?;
    // What is wrong with a key is told without what is in it.
    let key = PrivateKeyDer::from_pem_slice(&contents(key)?).map_err(|_| wrong(key, "a private key"))?;
    Ok((chain, key))
}
