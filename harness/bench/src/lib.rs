//! A rig and a world put together; cases, checks, snapshots, verdicts.
