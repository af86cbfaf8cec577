#![allow(clippy::unwrap_used)]
use super::Cli;
use clap::{CommandFactory, Parser};
use std::fmt::Write;

/// All help texts as they are shown, so that a change of one is seen.
#[test]
fn help_texts_are_as_reviewed() {
    let mut text = String::new();
    let mut root = Cli::command().term_width(100);
    root.build();
    tell(&mut root, &mut text);
    insta::assert_snapshot!("help", text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

fn tell(command: &mut clap::Command, text: &mut String) {
    if command.get_name() == "help" {
        return;
    }
    let rule = "=".repeat(100);
    writeln!(text, "{rule}\n{}", command.clone().term_width(100).render_long_help()).unwrap();
    for sub in command.get_subcommands_mut() {
        tell(sub, text);
    }
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn archive_wants_to_know_which() {
    assert!(Cli::try_parse_from(["hatbridge", "archive", "--tenant", "a"]).is_err());
    assert!(Cli::try_parse_from(["hatbridge", "archive", "--tenant", "a", "--tickets-closed-before", "soon"]).is_err());
    assert!(Cli::try_parse_from(["hatbridge", "archive", "--tenant", "a", "--tickets-closed-before", "30d"]).is_ok());
}
