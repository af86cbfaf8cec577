//! `search`.

use super::{Global, print, print_json};
use crate::exit::{CODES, Failure};
use crate::serve::search::{self, Found, Page, Query, SearchError};
use crate::wiring::{Connections, StoredQuota, StoredTokens, install_crypto, make_folder, open_store, secret_key};
use clap::Args;
use std::fmt::Write;
use std::sync::Arc;

/// `hatbridge search`
#[derive(Debug, Args)]
#[command(after_long_help = format!("Examples:
  hatbridge search \"venue visit\" --tenant shop
  hatbridge search anna@example.com --tenant shop --limit 3 --json | jq -r '.conversations[].id'\n\n{CODES}"))]
pub(crate) struct Search {
    /// What to look for: a name, an address, words of a message; at most 75 characters
    text: String,
    /// Whose conversations
    #[arg(long, value_name = "ID")]
    tenant: String,
    /// Conversations on a page, 1 to 50
    #[arg(long, default_value_t = search::DEFAULT_LIMIT)]
    limit: u32,
    /// Where the page before ended, as it said
    #[arg(long)]
    cursor: Option<String>,
    /// For scripts
    #[arg(long)]
    json: bool,
}

impl Search {
    pub(crate) async fn carry_out(self, global: &Global) -> anyhow::Result<()> {
        let config = global.load()?;
        install_crypto();
        make_folder(&config.data_dir)?;
        let store = open_store(&config).await?;
        let quota = StoredQuota::new(store.clone(), &config, &prometheus::Registry::new())?;
        let tokens = StoredTokens::new(store.clone(), &secret_key(&config.data_dir)?);
        let connections = Connections::new(&config, Arc::new(quota), Arc::new(tokens))?;
        let tenant = connections.named(&self.tenant)?;
        let query = Query { text: self.text.clone(), limit: self.limit, cursor: self.cursor.clone() };
        let found = search::find(&tenant.highlevel, &query).await;
        store.close().await;
        let page = found.map_err(failure)?;
        if self.json { print_json(&page) } else { print(&shown(&page)) }
    }
}

fn failure(error: SearchError) -> Failure {
    let text = error.to_string();
    match error {
        SearchError::Query(_) => Failure::Usage(text),
        SearchError::Throttled(_) | SearchError::Unreachable(_) => Failure::Unreachable(text),
        SearchError::Refused { .. } => Failure::Failed(text),
    }
}

fn shown(page: &Page) -> String {
    if page.conversations.is_empty() {
        return "nothing found".to_owned();
    }
    let mut text = String::new();
    // Writing to a String can't fail.
    for Found { id, name, unread, starred, last_message_at, messages, .. } in &page.conversations {
        let star = if *starred == Some(true) { ", starred" } else { "" };
        let _ = writeln!(
            text,
            "{}  {}  (conversation {id}, {} unread{star})",
            last_message_at.as_deref().unwrap_or("-"),
            name.as_deref().unwrap_or("(no name)"),
            unread.unwrap_or(0)
        );
        for message in messages {
            let arrow = match message.direction {
                Some("inbound") => "<-",
                Some(_) => "->",
                None => "  ",
            };
            let body: String = message.body.as_deref().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").chars().take(100).collect();
            let _ = writeln!(text, "    {} {arrow} {:<6} {body}", message.at.as_deref().unwrap_or("-"), message.channel.as_deref().unwrap_or("-"));
        }
    }
    if let Some(cursor) = &page.cursor {
        let _ = writeln!(text, "more: --cursor {cursor}");
    }
    text
}
