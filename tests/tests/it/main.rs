//! End to end: hatbridge between both simulated products, on the local broker with SQLite and on
//! Apache Kafka with PostgreSQL.
#![allow(clippy::unwrap_used, reason = "tests")]

/// Each scenario twice: on the local broker with SQLite, and on Apache Kafka with PostgreSQL.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        on_both!(run: $($name),+);
    };
    ($run:ident: $($name:ident),+ $(,)?) => {
        mod local {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    hatbridge_tests::$run(hatbridge_tests::Backend::Local, concat!(module_path!(), "::", stringify!($name)), super::$name).await;
                }
            )+
        }
        mod cluster {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    hatbridge_tests::$run(hatbridge_tests::Backend::Cluster, concat!(module_path!(), "::", stringify!($name)), super::$name).await;
                }
            )+
        }
    };
}

mod actions;
mod app;
mod commands;
mod contacts;
mod faults;
mod flows;
mod group;
mod messages;
mod receiver;
mod replay;
mod scale;
mod search;
mod store;
mod threads;
mod triggers;
mod webhooks;
