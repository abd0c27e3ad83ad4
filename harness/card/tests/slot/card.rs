//! A card that answers as it is told to, and keeps what it was asked.

use std::{cell::RefCell, rc::Rc, time::Duration};

use payrig_card::chip::{AtrBuilder, CardFault, CardFuture, ChipCard, Convention};

#[derive(Clone, Default)]
pub struct Asked(Rc<RefCell<Vec<Vec<u8>>>>);

impl Asked {
    pub fn all(&self) -> Vec<Vec<u8>> {
        self.0.borrow().clone()
    }
}

pub struct TestCard {
    pub atr: Vec<u8>,
    pub answers: Vec<Result<Vec<u8>, CardFault>>,
    pub thinks: Duration,
    pub asked: Asked,
    pub powered: Rc<RefCell<Vec<&'static str>>>,
}

impl TestCard {
    /// It gives these answers in turn, and the last one ever after.
    pub fn new(atr: AtrBuilder, answers: &[&[u8]]) -> Self {
        Self {
            atr: atr.build().unwrap(),
            answers: answers.iter().map(|answer| Ok(answer.to_vec())).collect(),
            thinks: Duration::ZERO,
            asked: Asked::default(),
            powered: Rc::default(),
        }
    }

    pub fn thinking(mut self, time: Duration) -> Self {
        self.thinks = time;
        self
    }
}

pub fn t0() -> AtrBuilder {
    AtrBuilder { historical: b"\x80\x31test".to_vec(), ..AtrBuilder::default() }
}

pub fn t1() -> AtrBuilder {
    AtrBuilder { protocols: vec![1], ifsc: Some(0xFE), waiting: Some(0x45), ..t0() }
}

pub fn inverse(atr: AtrBuilder) -> AtrBuilder {
    AtrBuilder { convention: Convention::Inverse, ..atr }
}

impl ChipCard for TestCard {
    fn power_on(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.powered.borrow_mut().push("on");
        Box::pin(async { Ok(self.atr.clone()) })
    }

    fn reset(&mut self) -> CardFuture<'_, Vec<u8>> {
        self.powered.borrow_mut().push("reset");
        Box::pin(async { Ok(self.atr.clone()) })
    }

    fn power_off(&mut self) -> CardFuture<'_, ()> {
        self.powered.borrow_mut().push("off");
        Box::pin(async { Ok(()) })
    }

    fn transmit<'a>(&'a mut self, command: &'a [u8]) -> CardFuture<'a, Vec<u8>> {
        self.asked.0.borrow_mut().push(command.to_vec());
        Box::pin(async {
            tokio::time::sleep(self.thinks).await;
            if self.answers.len() > 1 { self.answers.remove(0) } else { self.answers[0].clone() }
        })
    }
}
