//! The host of a world: one of ours, or a real one.

use std::sync::Arc;

use payrig_acquirer::{Acquirer, IssuedKeys};
use payrig_iso8583::Dialect;
use payrig_operator::TerminalFixture;

use crate::{Finding, HostAddress, Parts, Settings, real_host::RealHost};

/// The host of a world. Clones are the same host.
#[derive(Clone)]
pub(crate) enum Host {
    /// An actor of this world.
    Own(Acquirer),
    /// Somebody else's, behind a socket: what is known of it was heard on its line.
    Real(RealHost),
}

/// What was asked on the host's line, and what was answered.
#[derive(Clone)]
pub(crate) struct Heard {
    /// The request's bytes; nothing where the host spoke unasked.
    pub(crate) request: Option<Vec<u8>>,
    /// The answer's bytes, if there was one.
    pub(crate) answer: Option<Vec<u8>>,
    /// Why the host answered so: only our own says.
    pub(crate) judgement: Option<String>,
}

impl Host {
    /// The host that `parts` name, for `terminal`.
    ///
    /// # Errors
    /// A fixture that cannot be used, or an address that is none.
    pub(crate) fn of(
        settings: &Settings,
        parts: &Parts,
        terminal: &TerminalFixture,
        dialect: &Arc<Dialect>,
    ) -> Result<Self, Finding> {
        if let Some(address) = HostAddress::named(&parts.acquirer) {
            return Ok(Self::Real(RealHost::new(address.map_err(Finding::Rig)?, dialect.clone(), terminal)));
        }
        let fixtures = &settings.fixtures;
        let books = fixtures.device(&parts.books)?;
        let profile = fixtures.acquirer(&parts.acquirer)?;
        Ok(Self::Own(Acquirer::new((*profile).clone(), dialect.clone(), vec![books], settings.seed)))
    }

    /// The actor, where it is one of ours.
    pub(crate) fn own(&self) -> Option<&Acquirer> {
        match self {
            Self::Own(acquirer) => Some(acquirer),
            Self::Real(_) => None,
        }
    }

    /// Every exchange so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        match self {
            Self::Own(acquirer) => acquirer
                .exchanges()
                .into_iter()
                .map(|exchange| Heard {
                    request: Some(exchange.request),
                    answer: exchange.answer,
                    judgement: Some(exchange.judgement.to_string()),
                })
                .collect(),
            Self::Real(host) => host.heard(),
        }
    }

    /// So many messages have reached the host.
    pub(crate) fn requests(&self) -> usize {
        self.heard().iter().filter(|heard| heard.request.is_some()).count()
    }

    /// All working keys that the host gave out; those of a real one as far as the terminal's TMK opens them.
    pub(crate) fn issued(&self) -> Vec<IssuedKeys> {
        match self {
            Self::Own(acquirer) => acquirer.issued(),
            Self::Real(host) => host.issued(),
        }
    }

    /// What went wrong on the way to the host, a sentence each.
    pub(crate) fn trouble(&self) -> Vec<String> {
        match self {
            Self::Own(_) => Vec::new(),
            Self::Real(host) => host.trouble(),
        }
    }
}
