//! The terminal on the Arm MPS2+ AN386 FPGA image, as QEMU emulates it.
#![no_std]
#![no_main]
