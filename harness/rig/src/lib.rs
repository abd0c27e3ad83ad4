//! Rig files, capabilities, boards (simulated, emulated), doctor.
