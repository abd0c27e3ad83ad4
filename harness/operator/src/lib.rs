//! The person's side: keys pressed, VT100 screen read, provisioning record sent.
