//! Apache Kafka on this machine, for tests: three nodes in KRaft mode, each broker and controller.
//!
//! A cluster lives in a folder: `jars/` (kept between starts), `node-N/` (configuration, data, log,
//! pid; made anew at each start), `bootstrap` (what clients connect to). Everything listens on
//! loopback only.

use crate::install;
use crate::run::{Outcome, Pid, absolute, free_ports, make_folder, output, random_name, read, remove_folder, run, say, until, write};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Needs Java 17; the same release as the image in `deploy/compose.yaml`.
const VERSION: &str = "4.4.0";
/// The log4j that this release of Kafka brings: its binding for slf4j 1.7 has to match.
const LOG4J: &str = "2.25.5";
/// Small: the tests' records are.
const HEAP: &str = "384m";
/// A cold start of three JVMs on two busy cores takes its time.
const PATIENCE: Duration = Duration::from_secs(180);

pub const HELP: &str = "cargo xtask kafka up DIR [--brokers N]    a new, empty Apache Kafka cluster; addresses in DIR/bootstrap
cargo xtask kafka down DIR                ends it";

/// `kafka up|down DIR`
pub fn main(args: &[String]) -> Outcome {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["up", dir] => up(&absolute(dir)?, 3),
        ["up", dir, "--brokers", count] | ["up", "--brokers", count, dir] => {
            let count = count.parse().ok().filter(|count| (1..=9).contains(count)).ok_or("--brokers takes a number from 1 to 9")?;
            up(&absolute(dir)?, count)
        }
        ["down", dir] => down(&absolute(dir)?),
        _ => Err(HELP.to_owned()),
    }
}

/// One broker and controller.
struct Node {
    number: usize,
    folder: PathBuf,
    port: u16,
    controller_port: u16,
}

fn up(dir: &Path, count: usize) -> Outcome {
    let alive = pids(dir).iter().filter(|pid| pid.lives()).count();
    if alive > 0 {
        return Err(format!("{alive} node(s) of a cluster run in {}; end them with `cargo xtask kafka down {}`", dir.display(), dir.display()));
    }
    install::kafka_tools()?;
    make_folder(dir)?;
    jars(dir)?;
    let ports = free_ports(2 * count)?;
    let nodes: Vec<Node> = (1..=count)
        .map(|number| Node { number, folder: node_folder(dir, number), port: ports[2 * number - 2], controller_port: ports[2 * number - 1] })
        .collect();
    // 22 letters of which the last is `a`, `q` or the like: 16 bytes in URL-safe base64.
    let cluster = format!("{}A", random_name(21)?);
    for node in &nodes {
        remove_folder(&node.folder)?;
        make_folder(&node.folder)?;
        write(&node.folder.join("server.properties"), &properties(node, &nodes))?;
        write(&node.folder.join("log4j2.properties"), LOG4J_PROPERTIES)?;
        output(java(dir, node).args(["kafka.tools.StorageTool", "format", "--cluster-id", &cluster, "--config"]).arg(node.folder.join("server.properties")))?;
    }
    if let Some(error) = nodes.iter().find_map(|node| start(dir, node).err()) {
        down(dir)?;
        return Err(error);
    }
    say(&format!("waiting for {count} node(s) of Apache Kafka {VERSION} in {}", dir.display()));
    let bootstrap: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
    let ready = until(PATIENCE, || {
        // One that has ended won't come any more.
        pids(dir).iter().any(|pid| !pid.lives()) || nodes.iter().all(|node| brokers_known_to(node.port).is_some_and(|known| known == count))
    });
    if !ready || pids(dir).iter().any(|pid| !pid.lives()) {
        let logs: String = nodes.iter().map(|node| last_lines(&node.folder.join("log"))).collect();
        down(dir)?;
        return Err(format!("Apache Kafka did not start; its last words:\n{logs}"));
    }
    write(&dir.join("bootstrap"), &bootstrap.join(","))?;
    say(&format!("ready: {}", bootstrap.join(",")));
    Ok(())
}

fn down(dir: &Path) -> Outcome {
    let pids = pids(dir);
    // Together: a node alone waits for a controller that answers no more. Nothing of it is kept.
    std::thread::scope(|scope| {
        for pid in &pids {
            scope.spawn(|| pid.stop(Duration::from_secs(20)));
        }
    });
    if let Some(left) = pids.iter().find(|pid| pid.lives()) {
        return Err(format!("{left:?} does not end"));
    }
    let _ = fs::remove_file(dir.join("bootstrap"));
    say(&format!("ended {} node(s) in {}", pids.len(), dir.display()));
    for number in 1..=9 {
        let _ = fs::remove_file(node_folder(dir, number).join("pid"));
    }
    Ok(())
}

fn node_folder(dir: &Path, number: usize) -> PathBuf {
    dir.join(format!("node-{number}"))
}

fn pids(dir: &Path) -> Vec<Pid> {
    (1..=9).filter_map(|number| Pid::from_file(&node_folder(dir, number).join("pid"))).collect()
}

/// Fetches Kafka's jars with Maven, unless they are there.
fn jars(dir: &Path) -> Outcome {
    let jars = dir.join("jars");
    let marker = jars.join(format!("kafka_2.13-{VERSION}.jar"));
    if marker.is_file() {
        return Ok(());
    }
    remove_folder(&jars)?;
    let pom = dir.join("pom.xml");
    write(&pom, &pom_xml())?;
    say(&format!("fetching Apache Kafka {VERSION} with Maven"));
    // Into a folder of another name first: what was cut off is not taken for all of them.
    let partial = dir.join("jars.partial");
    remove_folder(&partial)?;
    run(Command::new("mvn")
        .args([
            "--quiet",
            "--batch-mode",
            "-Dstyle.color=never",
            "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies",
            "-DincludeScope=runtime",
        ])
        .arg(format!("-DoutputDirectory={}", partial.display()))
        .arg("-f")
        .arg(&pom)
        .stdin(Stdio::null()))?;
    fs::rename(&partial, &jars).map_err(|error| format!("can't rename {}: {error}", partial.display()))
}

fn pom_xml() -> String {
    let dependency = |group: &str, artifact: &str, version: &str| {
        format!("<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version></dependency>")
    };
    format!(
        "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n<modelVersion>4.0.0</modelVersion>\n<groupId>hatbridge</groupId>\
         <artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>\n<dependencies>\n{}\n{}\n</dependencies>\n</project>\n",
        dependency("org.apache.kafka", "kafka_2.13", VERSION),
        dependency("org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J),
    )
}

fn properties(node: &Node, nodes: &[Node]) -> String {
    let voters: Vec<String> = nodes.iter().map(|of| format!("{}@127.0.0.1:{}", of.number, of.controller_port)).collect();
    let copies = nodes.len().min(3);
    let in_sync = if copies < 3 { 1 } else { 2 };
    format!(
        "node.id={number}
process.roles=broker,controller
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters={voters}
log.dirs={data}
default.replication.factor={copies}
min.insync.replicas={in_sync}
offsets.topic.replication.factor={copies}
offsets.topic.num.partitions=6
transaction.state.log.replication.factor={copies}
transaction.state.log.min.isr={in_sync}
transaction.state.log.num.partitions=6
share.coordinator.state.topic.replication.factor={copies}
share.coordinator.state.topic.min.isr={in_sync}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=1
log.cleaner.dedupe.buffer.size=16777216
",
        number = node.number,
        port = node.port,
        controller_port = node.controller_port,
        voters = voters.join(","),
        data = node.folder.join("data").display(),
    )
}

const LOG4J_PROPERTIES: &str = "status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %-5p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = info
";

fn java(dir: &Path, node: &Node) -> Command {
    let mut java = Command::new("java");
    java.arg(format!("-Xmx{HEAP}"))
        .args(["-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-Djava.net.preferIPv4Stack=true", "-Dcom.sun.management.jmxremote=false"])
        .arg(format!("-Dlog4j2.configurationFile={}", node.folder.join("log4j2.properties").display()))
        .arg("-cp")
        .arg(dir.join("jars").join("*"))
        .current_dir(&node.folder)
        .stdin(Stdio::null());
    java
}

/// Starts a node that goes on when this program has ended.
fn start(dir: &Path, node: &Node) -> Outcome {
    use std::os::unix::process::CommandExt;
    let log = node.folder.join("log");
    let file = fs::File::create(&log).map_err(|error| format!("can't write {}: {error}", log.display()))?;
    let also = file.try_clone().map_err(|error| format!("can't write {}: {error}", log.display()))?;
    let child = java(dir, node)
        .arg("kafka.Kafka")
        .arg(node.folder.join("server.properties"))
        .stdout(file)
        .stderr(also)
        .process_group(0)
        .spawn()
        .map_err(|error| format!("can't start java: {error}"))?;
    Pid::keep(child.id(), &node.folder.join("pid")).map(drop)
}

/// How many brokers the one at this port knows to be alive; `None` without a sensible answer.
fn brokers_known_to(port: u16) -> Option<usize> {
    let patience = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&SocketAddr::from(([127, 0, 0, 1], port)), patience).ok()?;
    stream.set_read_timeout(Some(patience)).ok()?;
    stream.write_all(&METADATA_REQUEST).ok()?;
    let mut head = [0; 16];
    stream.read_exact(&mut head).ok()?;
    broker_count(&head)
}

/// Metadata, version 5, of no topics: size, key 3, version, correlation id, no client id, an empty
/// list of topics, nothing created.
const METADATA_REQUEST: [u8; 19] = [0, 0, 0, 15, 0, 3, 0, 5, 0, 0, 0, 9, 255, 255, 0, 0, 0, 0, 0];

/// The answer begins with size, correlation id, throttle time and the number of brokers.
fn broker_count(head: &[u8; 16]) -> Option<usize> {
    let [.., a, b, c, d] = *head;
    (head[4..8] == METADATA_REQUEST[8..12]).then(|| u32::from_be_bytes([a, b, c, d])).and_then(|count| usize::try_from(count).ok())
}

fn last_lines(path: &Path) -> String {
    let text = read(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(15);
    format!("--- {}\n{}\n", path.display(), lines[from..].join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_brokers_is_read_from_the_answer_to_our_question_only() {
        let answer = [0, 0, 0, 90, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 3];
        assert_eq!(broker_count(&answer), Some(3));
        let foreign = [0, 0, 0, 90, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3];
        assert_eq!(broker_count(&foreign), None);
    }

    #[test]
    fn three_nodes_keep_three_copies_and_one_keeps_one() {
        let node = |number: usize| Node { number, folder: PathBuf::from(format!("/x/node-{number}")), port: 1, controller_port: 2 };
        let three = [node(1), node(2), node(3)];
        let text = properties(&three[0], &three);
        assert!(text.contains("default.replication.factor=3\nmin.insync.replicas=2\n"), "{text}");
        let one = [node(1)];
        let text = properties(&one[0], &one);
        assert!(text.contains("default.replication.factor=1\nmin.insync.replicas=1\n"), "{text}");
    }
}
