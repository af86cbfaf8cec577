//! PostgreSQL on this machine, for tests: a private cluster from Debian's programs.
//!
//! It lives in a folder: `data/`, `log`, `url` (what clients connect to, with a password made at the
//! start). It listens on loopback only, and does not wait for the disk: fit for processes that are
//! killed, not for machines that lose power.

use crate::install::{is_root, packages_or_advice};
use crate::run::{Outcome, absolute, free_ports, make_folder, output, random_name, remove_folder, say, write};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

pub const HELP: &str = "cargo xtask postgres up DIR               a new, empty PostgreSQL cluster; address in DIR/url
cargo xtask postgres down DIR             ends it";

/// Each test opens its own pool.
const CONNECTIONS: &str = "400";
/// User and database.
const NAME: &str = "hatbridge";

/// `postgres up|down DIR`
pub fn main(args: &[String]) -> Outcome {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["up", dir] => up(&absolute(dir)?),
        ["down", dir] => down(&absolute(dir)?),
        _ => Err(HELP.to_owned()),
    }
}

fn up(dir: &Path) -> Outcome {
    let programs = programs()?;
    let data = dir.join("data");
    if runs(&programs, &data) {
        return Err(format!("a cluster runs in {}; end it with `cargo xtask postgres down {}`", dir.display(), dir.display()));
    }
    make_folder(dir)?;
    remove_folder(&data)?;
    make_folder(&data)?;
    let password = random_name(24)?;
    let password_file = dir.join("password");
    write_private(&password_file, &password)?;
    if is_root() {
        // PostgreSQL refuses to run as root.
        output(Command::new("chown").args(["-R", "postgres:"]).arg(&data).arg(&password_file))?;
    }
    let initialised = output(
        server(&programs, "initdb")
            .args(["--username", NAME, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg("-D")
            .arg(&data),
    );
    let _ = fs::remove_file(&password_file);
    initialised?;
    let port = free_ports(1)?[0];
    let options = format!(
        "-p {port} -h 127.0.0.1 -k {} -c max_connections={CONNECTIONS} -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=128MB",
        data.display()
    );
    output(server(&programs, "pg_ctl").arg("-D").arg(&data).arg("-l").arg(data.join("log")).args(["-w", "-t", "60", "-o", &options, "start"]))
        .map_err(|error| format!("{error}\nits log: {}", data.join("log").display()))?;
    output(Command::new(programs.join("createdb")).args(["-h", "127.0.0.1", "-U", NAME, "-p", &port.to_string(), NAME]).env("PGPASSWORD", &password))?;
    write_private(&dir.join("url"), &format!("postgres://{NAME}:{password}@127.0.0.1:{port}/{NAME}"))?;
    say(&format!("PostgreSQL is ready at 127.0.0.1:{port}; its address with the password is in {}", dir.join("url").display()));
    Ok(())
}

fn down(dir: &Path) -> Outcome {
    let programs = programs()?;
    let data = dir.join("data");
    let _ = fs::remove_file(dir.join("url"));
    if !runs(&programs, &data) {
        say(&format!("no cluster runs in {}", dir.display()));
        return Ok(());
    }
    output(server(&programs, "pg_ctl").arg("-D").arg(&data).args(["-w", "-m", "fast", "stop"]))?;
    say(&format!("ended PostgreSQL in {}", dir.display()));
    Ok(())
}

fn runs(programs: &Path, data: &Path) -> bool {
    data.join("postmaster.pid").is_file() && output(server(programs, "pg_ctl").arg("-D").arg(data).arg("status")).is_ok()
}

/// A program of the server, as a user it is willing to run as. Its folder must be one that this user
/// may be in.
fn server(programs: &Path, program: &str) -> Command {
    let file = programs.join(program);
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(file);
        command
    } else {
        Command::new(file)
    };
    command.current_dir("/");
    command
}

/// The folder of the newest installed server's programs.
fn programs() -> Outcome<PathBuf> {
    if let Some(found) = newest() {
        return Ok(found);
    }
    packages_or_advice(&["postgresql"], "PostgreSQL is not installed")?;
    newest().ok_or_else(|| "PostgreSQL was installed, but there is no /usr/lib/postgresql/*/bin/initdb".to_owned())
}

fn newest() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let numbered = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))));
    numbered.filter(|(_, bin)| bin.join("initdb").is_file()).max_by_key(|(version, _)| *version).map(|(_, bin)| bin)
}

fn write_private(path: &Path, text: &str) -> Outcome {
    // Made empty and private before the secret goes in.
    write(path, "")?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|error| format!("can't make {} private: {error}", path.display()))?;
    write(path, text)
}
