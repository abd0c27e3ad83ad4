//! The modem's side: AT modem, SIM, line conditions.
