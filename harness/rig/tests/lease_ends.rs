//! The lease of a device, in a process that ends without dropping it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

use std::{fs, net::TcpListener};

use payrig_rig::{Access, DeviceAddress, ExternalModem, remove_temporary_folders};

/// The files by which this process leases devices.
fn leases() -> usize {
    let ours = format!("{} ", std::process::id());
    let files = fs::read_dir(std::env::temp_dir()).unwrap().flatten();
    let files = files.filter(|file| file.file_name().to_string_lossy().starts_with("payrig-line-"));
    files.filter(|file| fs::read_to_string(file.path()).is_ok_and(|text| text.starts_with(&ours))).count()
}

#[tokio::test]
async fn a_process_that_ends_at_once_leaves_no_lease() {
    let there = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = DeviceAddress::Tcp { host: "127.0.0.1".into(), port: there.local_addr().unwrap().port() };
    let device = ExternalModem { address, access: Access::Line, host: None }.open().await.unwrap();
    assert_eq!(leases(), 1, "its file names the process");
    // `exit` drops nothing.
    std::mem::forget(device);
    remove_temporary_folders();
    assert_eq!(leases(), 0);
}
