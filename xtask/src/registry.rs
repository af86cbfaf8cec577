//! A schema registry on this machine, for tests: Apicurio Registry with its Confluent-compatible API,
//! in memory, fetched with Maven. It listens on loopback only.

use crate::http;
use crate::install;
use crate::run::{Outcome, Pid, absolute, free_ports, make_folder, output, remove_folder, run, say, until, write};
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

pub const HELP: &str = "cargo xtask registry up DIR               a new, empty schema registry (Apicurio); address in DIR/url
cargo xtask registry down DIR             ends it";

/// The last line of releases that runs on Java 17; 3.x needs 21.
const VERSION: &str = "2.6.13.Final";
const PATIENCE: Duration = Duration::from_secs(120);

/// `registry up|down DIR`
pub fn main(args: &[String]) -> Outcome {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["up", dir] => up(&absolute(dir)?),
        ["down", dir] => {
            down(&absolute(dir)?);
            Ok(())
        }
        _ => Err(HELP.to_owned()),
    }
}

fn jar(dir: &Path) -> PathBuf {
    dir.join("app").join(format!("apicurio-registry-app-{VERSION}-runner.jar"))
}

fn pid(dir: &Path) -> Option<Pid> {
    Pid::from_file(&dir.join("pid"))
}

fn up(dir: &Path) -> Outcome {
    if pid(dir).is_some_and(Pid::lives) {
        return Err(format!("a registry runs in {}; end it with `cargo xtask registry down {}`", dir.display(), dir.display()));
    }
    install::kafka_tools()?;
    make_folder(dir)?;
    if !jar(dir).is_file() {
        fetch(dir)?;
    }
    let port = free_ports(1)?[0];
    let log = dir.join("log");
    let file = fs::File::create(&log).map_err(|error| format!("can't write {}: {error}", log.display()))?;
    let also = file.try_clone().map_err(|error| format!("can't write {}: {error}", log.display()))?;
    let child = Command::new("java")
        .args(["-Xmx384m", "-XX:+UseSerialGC", "-Dquarkus.http.host=127.0.0.1"])
        .arg(format!("-Dquarkus.http.port={port}"))
        .arg("-jar")
        .arg(jar(dir))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(also)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("can't start java: {error}"))?;
    let pid = Pid::keep(child.id(), &dir.join("pid"))?;
    let answers = || http::get(port, "/apis/ccompat/v7/schemas/types").is_ok();
    if !until(PATIENCE, || !pid.lives() || answers()) || !pid.lives() {
        down(dir);
        return Err(format!("the registry did not start; its log is {}", log.display()));
    }
    let url = format!("http://127.0.0.1:{port}/apis/ccompat/v7");
    write(&dir.join("url"), &url)?;
    say(&format!("the schema registry is ready: {url}"));
    Ok(())
}

fn fetch(dir: &Path) -> Outcome {
    say(&format!("fetching Apicurio Registry {VERSION} with Maven"));
    let archive = dir.join("archive");
    remove_folder(&archive)?;
    run(Command::new("mvn")
        .args(["--quiet", "--batch-mode", "-Dstyle.color=never", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"])
        .arg(format!("-Dartifact=io.apicurio:apicurio-registry-app:{VERSION}:tar.gz:all"))
        .arg(format!("-DoutputDirectory={}", archive.display()))
        .stdin(Stdio::null()))?;
    let (partial, app) = (dir.join("app.partial"), dir.join("app"));
    remove_folder(&partial)?;
    remove_folder(&app)?;
    make_folder(&partial)?;
    output(Command::new("tar").arg("-xzf").arg(archive.join(format!("apicurio-registry-app-{VERSION}-all.tar.gz"))).arg("-C").arg(&partial))?;
    remove_folder(&archive)?;
    fs::rename(&partial, &app).map_err(|error| format!("can't rename {}: {error}", partial.display()))
}

fn down(dir: &Path) {
    if let Some(pid) = pid(dir) {
        pid.stop(Duration::from_secs(15));
        say(&format!("ended the registry in {}", dir.display()));
    }
    let _ = fs::remove_file(dir.join("pid"));
    let _ = fs::remove_file(dir.join("url"));
}
