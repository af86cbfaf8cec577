//! The two commands of the README, and the chores around them. It uses next to no libraries, so that
//! it is built in seconds before anything else is.

mod catalogue;
mod compile;
mod dashboard;
mod demo;
mod http;
mod install;
mod kafka;
mod licences;
mod postgres;
mod registry;
mod run;
mod test;
mod unused;

use std::process::ExitCode;

/// What there is, in the order a newcomer needs it.
const HELP: [&str; 9] = [demo::HELP, test::HELP, kafka::HELP, postgres::HELP, registry::HELP, dashboard::HELP, licences::HELP, unused::HELP, catalogue::HELP];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("help", &[][..]), |(command, rest)| (command.as_str(), rest));
    let done = match command {
        "demo" => demo::main(rest),
        "test" => test::main(rest),
        "kafka" => kafka::main(rest),
        "postgres" => postgres::main(rest),
        "registry" => registry::main(rest),
        "dashboard" => dashboard::main(),
        "catalogue" => catalogue::main(rest),
        "licences" => licences::main(),
        "unused" => unused::main(),
        "help" | "--help" | "-h" => {
            println!("{}", HELP.join("\n"));
            Ok(())
        }
        other => Err(format!("there is no `{other}`; there are:\n{}", HELP.join("\n"))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&error);
            ExitCode::FAILURE
        }
    }
}
