//! Every line on one clock; secrets become tokens before any sink.
