#![allow(clippy::unwrap_used)]
use super::*;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn client() -> Client {
    http_client(Duration::from_secs(2), true).unwrap()
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Answers the first connection with these bytes and closes it.
async fn raw(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = socket.read(&mut request).await;
        let _ = socket.write_all(bytes).await;
    });
    format!("http://{address}")
}

async fn sent(url: String) -> Sent {
    exchange(client().get(url), None).await.0
}

#[tokio::test]
async fn what_was_not_sent_is_told_from_what_was_not_answered() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    assert!(matches!(sent(format!("http://{address}/")).await, Sent::NotConnected(_)));
    assert!(matches!(sent("http://name.invalid/".to_owned()).await, Sent::NotConnected(_)));
    assert!(matches!(sent(raw(b"").await).await, Sent::NoAnswer(_)));
    let broken = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
    assert!(matches!(sent(broken).await, Sent::NoAnswer(_)), "half an answer is none");
    let refused = raw(b"HTTP/1.1 422 No\r\ncontent-length: 100\r\n\r\n{\"id\":").await;
    assert!(matches!(sent(refused).await, Sent::Answered(Received { status: 422, body: Value::Null, .. })));
}

#[tokio::test]
async fn no_answer_in_time_is_a_timeout_after_sending() {
    let base = serve(Router::new().route("/", get(std::future::pending::<&'static str>))).await;
    let request = client().get(base).timeout(Duration::from_millis(100));
    assert!(matches!(exchange(request, None).await.0, Sent::NoAnswer("timeout after sending")));
}

#[tokio::test]
async fn redirects_are_answers_and_huge_bodies_none() {
    let huge = || async { "a".repeat(LARGEST + 1) };
    let router = Router::new()
        .route("/redirect", get(|| async { Redirect::temporary("/ok") }))
        .route("/ok", get(|| async { "{\"id\": 1}" }))
        .route("/page", get(|| async { axum::response::Html("<html>") }))
        .route("/text", get(|| async { (StatusCode::OK, "<html>") }))
        .route("/huge", get(huge));
    let base = serve(router).await;
    assert!(matches!(sent(format!("{base}/redirect")).await, Sent::Answered(Received { status: 307, .. })));
    let Sent::Answered(ok) = sent(format!("{base}/ok")).await else { panic!("answered") };
    assert_eq!(ok.body["id"], 1);
    assert!(matches!(sent(format!("{base}/page")).await, Sent::Answered(Received { status: 200, body: Value::Null, .. })));
    let Sent::Answered(text) = sent(format!("{base}/text")).await else { panic!("answered") };
    assert_eq!(text.body, "<html>", "a text is an answer too");
    assert!(matches!(sent(format!("{base}/huge")).await, Sent::NoAnswer("the answer is larger than 8 MiB")));
}

#[test]
fn an_id_is_always_one_segment() {
    for (id, expected) in [("Ab-1_2.3~", "Ab-1_2.3~"), ("a/b?c", "a%2Fb%3Fc"), ("é", "%C3%A9"), ("", "-"), ("..", "%252E%252E"), ("%2E", "%252E")] {
        assert_eq!(segment(id), expected);
        let url = url("http://h", &format!("/contacts/{}/notes", segment(id)), &[]).unwrap();
        assert_eq!(url.path_segments().unwrap().count(), 3, "{id}: {url}");
    }
}

#[test]
fn a_base_may_have_a_path_of_its_own() {
    let query = [("q".to_owned(), "a b&c".to_owned())];
    assert_eq!(url("http://h:1/x/", "/v1/contacts", &query).unwrap().as_str(), "http://h:1/x/v1/contacts?q=a+b%26c");
    assert_eq!(url("http://h", "/a", &[]).unwrap().as_str(), "http://h/a");
    assert!(url("nowhere", "/a", &[]).is_none());
}
