//! Running other programs.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// What went wrong, in words for the person at the terminal.
pub type Outcome<T = ()> = Result<T, String>;

/// Says what is being done; on stderr, so that stdout stays the programs' own.
pub fn say(text: &str) {
    eprintln!("xtask: {text}");
}

/// The project's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// `path` as seen from the folder the command was given in.
pub fn absolute(path: &str) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| format!("`{path}` is no folder's name: {error}"))
}

/// Where a program lies, if `PATH` has it.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Runs a program to its end, its output shown.
pub fn run(command: &mut Command) -> Outcome {
    let status = command.status().map_err(|error| format!("can't start {}: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command))) }
}

/// Runs a program to its end and returns what it printed; its stderr is part of the error.
pub fn output(command: &mut Command) -> Outcome<String> {
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("can't start {}: {error}", shown(command)))?;
    let (out, err) = (String::from_utf8_lossy(&done.stdout).into_owned(), String::from_utf8_lossy(&done.stderr).into_owned());
    if done.status.success() { Ok(out) } else { Err(format!("{} failed ({})\n{}\n{}", shown(command), done.status, out.trim_end(), err.trim_end())) }
}

/// A command line as a person would type it; never the environment, which may hold secrets.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args()).map(OsStr::to_string_lossy);
    words.map(|word| if word.contains(' ') { format!("'{word}'") } else { word.into_owned() }).collect::<Vec<_>>().join(" ")
}

pub fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("can't write {}: {error}", path.display()))
}

pub fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| format!("can't read {}: {error}", path.display()))
}

pub fn make_folder(path: &Path) -> Outcome {
    fs::create_dir_all(path).map_err(|error| format!("can't make the folder {}: {error}", path.display()))
}

/// Removes a folder with all that is in it, if it is there.
pub fn remove_folder(path: &Path) -> Outcome {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(format!("can't remove {}: {error}", path.display())),
        _ => Ok(()),
    }
}

/// Free loopback ports; all held until the last is chosen, so that they differ.
pub fn free_ports(count: usize) -> Outcome<Vec<u16>> {
    let take = || TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr().map(|at| (listener, at.port())));
    let held = (0..count).map(|_| take()).collect::<Result<Vec<_>, _>>().map_err(|error| format!("no free port: {error}"))?;
    Ok(held.into_iter().map(|(_, port)| port).collect())
}

/// Random letters and digits.
pub fn random_name(length: usize) -> Outcome<String> {
    use std::io::Read;
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = vec![0; length];
    fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).map_err(|error| format!("no randomness: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// Asks again and again until the answer is yes; `false` if it never was.
pub fn until(deadline: Duration, mut asked: impl FnMut() -> bool) -> bool {
    let started = Instant::now();
    loop {
        if asked() {
            return true;
        }
        if started.elapsed() > deadline {
            return false;
        }
        sleep(Duration::from_millis(100));
    }
}

/// A process that this project started: known by its id and the moment it began, so that an id that
/// was given to another program meanwhile is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pid {
    id: u32,
    /// In ticks since the machine started.
    began: u64,
}

impl Pid {
    /// Of a child that was just started, written to a file.
    pub fn keep(id: u32, file: &Path) -> Outcome<Self> {
        let (began, _) = Self::look(id).ok_or("a child ended at once")?;
        write(file, &format!("{id} {began}\n"))?;
        Ok(Self { id, began })
    }

    /// As it was written to a file; `None` without one.
    pub fn from_file(file: &Path) -> Option<Self> {
        let text = fs::read_to_string(file).ok()?;
        let (id, began) = text.trim().split_once(' ')?;
        Some(Self { id: id.parse().ok()?, began: began.parse().ok()? })
    }

    pub fn lives(self) -> bool {
        Self::look(self.id).is_some_and(|(began, ended)| began == self.began && !ended)
    }

    /// When the process of this id began, and whether it has ended and nobody has looked yet.
    fn look(id: u32) -> Option<(u64, bool)> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // The name, in brackets, may hold anything; after it come the state and, as the 20th, the start.
        let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
        Some((fields.get(19)?.parse().ok()?, fields.first() == Some(&"Z")))
    }

    /// Asks it to end; once the time is over it is ended.
    pub fn stop(self, patience: Duration) {
        for (signal, patience) in [("TERM", patience), ("KILL", Duration::from_secs(5))] {
            if !self.lives() {
                return;
            }
            // A process that is gone meanwhile makes `kill` fail: that is what was wanted.
            let _ = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.id)).stderr(Stdio::null()).status();
            if until(patience, || !self.lives()) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_start_too() {
        let file = std::env::temp_dir().join(format!("xtask-pid-{}", std::process::id()));
        let own = Pid::keep(std::process::id(), &file).expect("this process lives");
        assert!(own.lives());
        assert_eq!(Pid::from_file(&file), Some(own));
        assert!(!Pid { began: own.began + 1, ..own }.lives());
        let _ = fs::remove_file(file);
    }

    #[test]
    fn free_ports_differ() {
        let ports = free_ports(4).expect("there are free ports");
        assert!((1..4).all(|at| !ports[..at].contains(&ports[at])));
    }
}
