//! Writing and reading back.

use crate::samples;
use hatbridge_schemas::Error;
use hatbridge_schemas::wire::{Decoder, Encoder, Frame};
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Without a registry decoding never waits, so no runtime is needed.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => done,
        Poll::Pending => panic!("decoding without a registry waits"),
    }
}

#[test]
fn every_kind_of_record_comes_back_as_it_was() {
    let (encoder, decoder) = (Encoder::shipped(), Decoder::shipped());
    for (name, event) in samples::events() {
        let read = now(decoder.decode(&encoder.encode(&event).unwrap())).unwrap();
        assert!(read == event, "{name}");
    }
    for (name, letter) in samples::dead_letters() {
        let read = now(decoder.decode_dead_letter(&encoder.encode_dead_letter(&letter).unwrap())).unwrap();
        assert!(read == letter, "{name}");
    }
}

proptest! {
    #[test]
    fn any_event_comes_back_as_it_was(event in samples::event()) {
        let value = Encoder::shipped().encode(&event).unwrap();
        prop_assert_eq!(&value[..2], &[0xC3, 0x01]);
        let read = now(Decoder::shipped().decode(&value)).unwrap();
        prop_assert!(read == event);
    }

    #[test]
    fn an_event_cut_short_or_too_long_is_never_read(event in samples::event(), at in any::<prop::sample::Index>()) {
        let mut value = Encoder::shipped().encode(&event).unwrap();
        let cut = &value[..at.index(value.len())];
        let error = now(Decoder::shipped().decode(cut)).unwrap_err();
        prop_assert!(matches!(error, Error::Framing { .. } | Error::Damaged { .. }), "{}", error);
        value.push(0);
        let error = now(Decoder::shipped().decode(&value)).unwrap_err();
        prop_assert!(error.to_string().contains("1 bytes are left over"), "{}", error);
    }

    #[test]
    fn arbitrary_bytes_are_an_error_not_a_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let (frame, _) = Frame::split(&Encoder::shipped().encode(&samples::events()[0].1).unwrap()).unwrap();
        let error = now(Decoder::shipped().decode(&frame.wrap(&noise)));
        prop_assert!(error.is_err_and(|e| !e.is_retryable()));
        let _ = now(Decoder::shipped().decode(&noise));
    }
}

#[test]
fn what_cannot_be_read_says_what_to_do() {
    let decoder = Decoder::shipped();
    let letter = Encoder::shipped().encode_dead_letter(&samples::dead_letters()[0].1).unwrap();
    let cases: [(&[u8], &str); 5] = [
        (b"{\"json\":1}", "look at who writes to this topic"),
        (b"", "look at who writes to this topic"),
        (&[0, 0, 0, 0, 7, 1, 2], "set the registry's address"),
        (&[0xC3, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9], "upgrade this one"),
        (&letter, "expected a record of hatbridge.Event, found one of hatbridge.DeadLetter"),
    ];
    for (value, expected) in cases {
        let error = now(decoder.decode(value)).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.is_retryable());
    }
}

#[test]
fn records_and_errors_show_nothing_of_their_contents() {
    for (_, event) in samples::events() {
        let shown = format!("{event:?} {:?}", event.payload);
        assert!(!shown.contains("ada@") && !shown.contains("+1555") && !shown.contains("grüße"), "{shown}");
    }
    let letter = &samples::dead_letters()[0].1;
    assert!(!format!("{letter:?}").contains("195"), "the event's bytes stay out");
    let value = Encoder::shipped().encode(&samples::events()[0].1).unwrap();
    for cut in 0..value.len() {
        let error = now(Decoder::shipped().decode(&value[..cut])).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("ada@"), "{error:?}");
    }
}
