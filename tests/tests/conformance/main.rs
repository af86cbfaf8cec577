//! Every operation of the catalogue, called with the real client on the sandbox, and judged by others:
//! each request and each answer by the published OpenAPI documents, with a validator and with a proxy
//! that are not ours. What the documents contradict themselves is in `tests/conformance/exceptions.toml`.
//!
//! The way of a call: `steps` (what is called, with which data) -> `play` (the client) -> `recorder`
//! (a proxy that writes everything down) -> the sandbox of `studio`. What was written down goes through
//! `validator`, and what it finds through `exceptions` and `verdict`.
#![allow(clippy::unwrap_used)]

mod documents;
mod exceptions;
mod mutations;
mod npm;
mod play;
mod prism;
mod recorder;
mod studio;
mod validator;
mod verdict;

use documents::Documents;
use exceptions::Exceptions;
use hatbridge_systems::highlevel::Api;
use hatbridge_tests::backend::skip;
use recorder::Exchange;
use std::path::PathBuf;
use studio::Studio;

/// The project's root.
fn root() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Where everything goes that is made on the way: what is left there can be read afterwards.
fn work() -> PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance")
}

/// What the tests need and the project hasn't got; otherwise the test says that it is skipped.
async fn needs(test: &str) -> Option<(Documents, Exceptions)> {
    let exceptions = Exceptions::read();
    let found = Documents::find(&exceptions);
    let documents = match found {
        Ok(documents) => documents,
        Err(why) => {
            skip(test, &why);
            return None;
        }
    };
    match npm::install().await {
        Ok(()) => Some((documents, exceptions)),
        Err(why) => {
            skip(test, &why);
            None
        }
    }
}

/// All steps in one generation of the API, directly or through something that is in between.
async fn played(api: Api, studio: &Studio, upstream: &str, wrong: &mut Vec<String>) -> Vec<Exchange> {
    let recorder = recorder::start(upstream).await;
    wrong.extend(play::all(api, studio, &recorder).await);
    recorder.recorded()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_agrees_with_the_documents() {
    let Some((documents, mut exceptions)) = needs("every_operation_agrees_with_the_documents").await else { return };
    let mut wrong = Vec::new();
    for api in [Api::V2, Api::V3] {
        let studio = Studio::open(api).await;
        let exchanges = played(api, &studio, studio.base_url(), &mut wrong).await;
        let results = validator::judge(&documents, api, &exchanges, &mut exceptions).await;
        let verdict = verdict::of(&documents, api, &exchanges, &results, &mut exceptions);
        println!("{}", verdict.line());
        wrong.extend(verdict.wrong);
    }
    wrong.extend(exceptions.unused());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_in_between_sees_no_violation() {
    let Some((documents, mut exceptions)) = needs("a_proxy_in_between_sees_no_violation").await else { return };
    let mut wrong = Vec::new();
    for api in [Api::V2, Api::V3] {
        let studio = Studio::open(api).await;
        let prism = prism::start(&documents, api, studio.base_url()).await;
        prism.notices_what_is_wrong().await;
        let exchanges = played(api, &studio, prism.base_url(), &mut wrong).await;
        let results = exchanges.iter().map(|exchange| prism::seen(exchange, &exceptions)).collect::<Vec<_>>();
        let verdict = verdict::of(&documents, api, &exchanges, &results, &mut exceptions);
        println!("{}, by Prism", verdict.line());
        wrong.extend(verdict.wrong);
        prism.stop().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_validator_notices_what_is_wrong() {
    let Some((documents, _)) = needs("the_validator_notices_what_is_wrong").await else { return };
    mutations::all_are_noticed(&documents).await;
}
