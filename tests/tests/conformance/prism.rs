//! Prism, a proxy that compares what passes with the documents.

use crate::documents::Documents;
use crate::exceptions::Exceptions;
use crate::npm;
use crate::recorder::Exchange;
use crate::verdict::{Found, Problem};
use hatbridge_systems::highlevel::Api;
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Its header with what it found.
const VIOLATIONS: &str = "sl-violations";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running one; it is killed when dropped.
#[derive(Debug)]
pub struct Prism {
    base_url: String,
    child: Child,
}

/// Starts one in front of `upstream`, with all documents of a generation.
pub async fn start(documents: &Documents, api: Api, upstream: &str) -> Prism {
    // It is free again when Prism asks for it.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let program = npm::folder().join("node_modules/@stoplight/prism-cli/dist/index.js");
    let document = documents.merged(api);
    let log = std::fs::File::create(crate::work().join(format!("prism-{api}.log"))).unwrap();
    let mut child = Command::new("node")
        .arg(program)
        .arg("proxy")
        .arg(&document)
        .args([upstream, "--host", "127.0.0.1", "--port", &port.to_string(), "--multiprocess", "false"])
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let began = std::time::Instant::now();
    while tokio::net::TcpStream::connect(address).await.is_err() {
        assert!(child.try_wait().unwrap().is_none(), "Prism ended; its log is {}", crate::work().join(format!("prism-{api}.log")).display());
        assert!(began.elapsed() < PATIENCE, "Prism does not start");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Prism { base_url: format!("http://{address}"), child }
}

impl Prism {
    /// Where calls enter.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A call without its `Version`, with a member of another type and without one that is required is
    /// noticed: else its silence would mean nothing.
    pub async fn notices_what_is_wrong(&self) {
        let http = hatbridge_systems::http_client(PATIENCE, true).unwrap();
        let url = format!("{}/contacts/c1/tasks", self.base_url);
        let answer = http.post(url).bearer_auth("t").json(&serde_json::json!({"title": 5, "completed": false})).send().await.unwrap();
        let told = String::from_utf8_lossy(answer.headers()[VIOLATIONS].as_bytes()).to_lowercase();
        for wrong in ["version", "title", "duedate"] {
            assert!(told.contains(wrong), "not noticed: {wrong}: {told}");
        }
    }

    /// Ends it.
    pub async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// What it found wrong with an exchange that came through it.
pub fn seen(exchange: &Exchange, exceptions: &Exceptions) -> Found {
    let mut found = Found::default();
    let told = exchange.response.headers.get(VIOLATIONS).map_or(Value::Null, |text| serde_json::from_str(text).unwrap());
    for violation in told.as_array().into_iter().flatten() {
        let mut place: Vec<&str> = violation["location"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let of_request = place.first() == Some(&"request");
        place.remove(0);
        let text = |name: &str| violation[name].as_str().unwrap_or_default().to_owned();
        let problem = Problem { at: place.join("."), keyword: text("code"), message: text("message") };
        if of_request { &mut found.request } else { &mut found.response }.push(problem);
    }
    if exchange.request.headers.get("content-type").is_some_and(|media| media.starts_with("multipart/")) {
        // Of a form's members it reads the last of each name only: no list is one.
        found.request.retain(|problem| !(problem.keyword == "type" && problem.message.ends_with("must be array")));
    }
    if exceptions.inside(&exchange.operation).is_some() {
        // It can't look there.
        found.response.clear();
    }
    found
}
