//! Typical mistakes, and what the program says about each. `mistakes.txt` holds the messages, for a
//! reader to review: each says what happened and what to do.

use crate::home::{stderr, stdout, Home, PHRASE};
use std::{fs, io::Write, net::TcpListener, thread};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mistakes.txt");

/// The least number of mistakes.
const ENOUGH: usize = 150;

/// Command lines for a shell. `ID` and `ADDRESS` stand for values, and `SILENT` and `WEB` for ports: of a
/// server that says nothing before it closes, and of a web server.
const MISTAKES: &str = "
# The command line
medrec
medrec ky
medrec grants
medrec grant --to dr-weber --all
medrec list keys
medrec whoami
medrec keys
medrec keys lst
medrec key list
medrec keys list everything
medrec keys list --jsno
medrec --wait forever keys list
medrec --wait 30s ppr accept
medrec --node ws:// council list
medrec --node ws://127.0.0.1:99999 council list
medrec --node 127.0.0.1:9944 keys list
medrec --node http://127.0.0.1:9944 keys list
medrec --password secret keys list
medrec --keystore password keys list
medrec help fly
medrec help me
medrec help keys fly
medrec schema keys fly
medrec completion tcsh
medrec completion

# Keys: names
medrec keys create
medrec keys create 'my key' --seed-out new.seed
medrec keys create ../me --seed-out new.seed
medrec keys create me --seed-out new.seed
medrec keys create me second --seed-out new.seed
medrec keys create 'eva müller' --seed-out new.seed
medrec keys show nobody
medrec keys show ME
medrec keys show me.json
medrec keys show
medrec keys show me second
medrec --keystore none keys show
medrec keys address nobody
medrec keys encryption nobody
medrec keys rename me
medrec keys rename me second
medrec keys rename nobody other
medrec keys rename me 'my key'
medrec keys rename me me
medrec keys remove
medrec keys remove nobody
medrec keys delete me
medrec keys remove me

# Keys: seeds and files
medrec keys create new --json
medrec keys create new --seed 'a phrase'
medrec keys create new --scheme rsa --seed-out new.seed
medrec keys create new --seed-out me.seed
medrec keys create new --seed-out nowhere/new.seed
medrec keys import new
medrec keys import me --seed-file me.seed
medrec keys import new --seed-file missing.seed
medrec keys import new --seed-file open.seed
medrec keys import new --seed-file bad.seed
medrec keys import new --seed-file misspelled.seed
medrec keys import new --seed-file wallet.json
medrec keys import new 'bottom drive obey'
medrec keys import new --seed-file 'bottom drive obey'
medrec keys import new --seed-file empty
medrec keys import new --seed-file keys
medrec keys import new --seed-file me.seed --json-file wallet.json
medrec keys import new --seed-file me.seed --path medrec/1
medrec keys import new --seed-file me.seed --path ///secret
medrec keys import new --json-file me.seed
medrec keys import new --json-file keys
medrec keys import new --json-file answer.json
medrec keys import new --json-file open.json
medrec keys import new --json-file wallet.json --scheme ed25519
medrec keys import new --seed-file - --password-file - < me.seed
medrec keys export me
medrec keys export me --out me.seed
medrec keys export me --out keys
medrec keys export me --out nowhere/me.json
medrec keys export nobody --out nobody.json
medrec keys find
medrec keys find --seed-file bad.seed
medrec keys find --seed-file me.seed --scheme ecdsa

# Passwords
medrec keys encryption me --password-file wrong.password
medrec keys encryption me --password-file open.password
medrec keys encryption me --password-file missing.password
medrec keys encryption me --password-file empty
medrec keys encryption me --password-file keys
medrec keys encryption me --password-file 'correct horse'
env -u MEDREC_PASSWORD_FILE medrec keys encryption me
medrec keys import new --json-file wallet.json --password-file wrong.password
medrec keys passwd
medrec keys passwd me
medrec keys passwd nobody --new-password-file new.password
medrec keys passwd me --new-password-file new.password --password-file wrong.password
medrec keys passwd me --new-password-file open.password
medrec keys passwd me --new-password-file missing.password
medrec keys passwd me --new-password-file empty
medrec keys passwd me --new-password-file - --password-file - < password

# Names of subjects
medrec names add
medrec names add dr-weber
medrec names add 'dr weber' me
medrec names add 'dr-weber ' me
medrec names add 0x1f2a9c4e dr-weber
medrec names add ADDRESS dr-weber
medrec names add you me
medrec names add dr-weber 0x12
medrec names add dr-weber 0x1f2a9c4g
medrec names remove
medrec names delete eva

# The registrar
medrec registrar resolve
medrec registrar resolve 'Hospital A'
medrec registrar resolve-identifier 17
medrec registrar resolve-identifier
medrec registrar show 0x12
medrec registrar show 'Dr. Weber'
medrec registrar show 5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ
medrec registrar identifier
medrec registrar identifier --secret-file missing --local-id-file patient.txt
medrec registrar identifier --secret-file me.seed --local-id-file patient.txt
medrec registrar identifier --secret-file patient.txt --local-id-file patient.txt
medrec registrar identifier --secret-file open.secret --local-id-file patient.txt
medrec registrar identifier --secret-file a.secret --local-id-file missing
medrec registrar identifier --secret-file a.secret --local-id-file empty
medrec registrar identifier --secret-file a.secret --local-id 17
medrec registrar admit-provider --name hospital-b
medrec registrar admit-provider --name 'Hospital B' --account me
medrec registrar admit-provider --name Hospital-B --account me
medrec registrar admit-provider --name hospital-b --account nobody
medrec registrar admit-provider --name hospital-b --account me --finality-key 0x12
medrec registrar admit-provider --name hospital-b --account me --finality-key me
medrec registrar admit-provider --name hospital-b --account me --peer hospital-b
medrec registrar admit-researcher --account me
medrec registrar admit-researcher --name institute --account me --mining-key nobody
medrec registrar enroll --role patient
medrec registrar enroll --account me
medrec registrar enroll --account me --role doctor
medrec registrar enroll --account me --role Patient
medrec registrar enroll me --role patient
medrec registrar register --account me
medrec registrar enroll --account me --role provider
medrec registrar enroll --account 5GrwvaEF --role patient
medrec registrar enroll --account me --role patient --identifier 17
medrec registrar enroll --account me --role patient --encryption-key me
medrec registrar enroll --account me --role patient --name 'Eva M'
medrec registrar bind-identifier eva
medrec registrar bind-identifier ID eva
medrec registrar unbind-identifier eva
medrec registrar set-profile
medrec registrar set-profile --gatekeeper-url gate.example.org
medrec registrar set-profile --gatekeeper-url https://
medrec registrar set-profile --gatekeeper-url https://gate.org --no-gatekeeper
medrec registrar set-profile --finality-key me
medrec registrar set-profile --peer 12D3KooW0
medrec registrar set-encryption-key --key me
medrec registrar set-encryption-key --key me --public me
medrec registrar set-encryption-key --key me --clear --public ID
medrec registrar rotate-account --key me
medrec registrar rotate-account --key me --to nobody
medrec registrar set-status eva
medrec registrar set-status eva asleep
medrec registrar set-status suspended eva

# Relationships and grants
medrec ppr propose
medrec ppr propose --patient 'Eva M'
medrec ppr accept 0x12
medrec ppr accept 1f2a9c4e1f2a9c4e
medrec ppr grant --all --purpose TREAT
medrec ppr grant dr-weber --all --purpose treatment
medrec ppr grant --to dr-weber --all
medrec ppr grant --to dr-weber --purpose TREAT
medrec ppr grant --to dr-weber --all --purpose treatmnt
medrec ppr grant --to dr-weber --category 70000 --purpose TREAT
medrec ppr grant --to dr-weber --all --purpose MARKETING
medrec ppr grant --to dr-weber --all --category 7 --purpose TREAT
medrec ppr grant --to dr-weber --all --field value --purpose TREAT
medrec ppr grant --to dr-weber --all --purpose TREAT --for tomorrow
medrec ppr grant --to dr-weber --all --purpose TREAT --for '1 day'
medrec ppr grant --to dr-weber --all --purpose TREAT --for 1 day
medrec ppr grant --to dr-weber --all --purpose TREAT --for 7
medrec ppr grant --to dr-weber --all --purpose TREAT --for 0d
medrec ppr grant --to dr-weber --all --purpose TREAT --until 31.12.2027
medrec ppr grant --to dr-weber --all --purpose TREAT --until tomorrow
medrec ppr grant --to dr-weber --all --purpose TREAT --until 2027-02-30
medrec ppr grant --to dr-weber --all --purpose TREAT --for 1d --until 2027-01-01
medrec ppr grant --to dr-weber --record blood --purpose TREAT
medrec ppr deny --all
medrec ppr deny --to dr-weber --all --purpose TREAT
medrec ppr list
medrec ppr end hospital-a
medrec ppr share --to dr-weber
medrec ppr revoke dr-weber
medrec ppr revoke-all dr-weber
medrec ppr revoke --grant permission
medrec ppr set-research-consent
medrec ppr set-research-consent --all

# Records and queries
medrec records verify
medrec records verify missing.json
medrec records verify me.seed
medrec records verify keys
medrec records verify wallet.json
medrec records show
medrec records post-note
medrec records post-note --file missing.json
medrec records post-note --file me.seed
medrec records amend-note --note wallet.json --file answer.json
medrec query glucose
medrec query --all --since 31.01.2026
medrec query --all --save keys
medrec query --record 0x12
medrec query --record glucose
medrec query --record ID --purpose CURIOSITY
medrec query --record ID --gatekeeper gate.example.org

# The summary
medrec summary show --subject 'Eva M'
medrec summary show eva
medrec summary activity --last all
medrec summary activity --last -5
medrec summary history
medrec summary history export
medrec summary history export --out me.seed
medrec summary history verify
medrec summary history verify wallet.json
medrec summary acknowledge 0x12

# Bounties
medrec bounties show
medrec bounties show 17
medrec bounties list --state closed
medrec bounties list --provider 'Hospital A'
medrec bounties collect 0x1
medrec bounties collect --gatekeeper gate.example.org
medrec bounties register-dataset --budget 100 --period 30d
medrec bounties register-dataset --template lab-result --budget 100 --period 30d
medrec bounties register-dataset --template ID --budget 0 --period 30d
medrec bounties register-dataset --template ID --budget -5 --period 30d
medrec bounties register-dataset --template ID --budget 1.5 --period 30d
medrec bounties register-dataset --template ID --budget 100 --period month
medrec bounties register-dataset --template ID --budget 9 --period 30d --smallest-group 5
medrec bounties mark-defaulted 0xabc

# The council
medrec council vote
medrec council vote 0x1f2a9c4e
medrec council vote 0x1f2a9c4e --approve --reject
medrec council vote approve
medrec council approve
medrec council close yes

# Connections
medrec council list
medrec names list
medrec registrar show hospital-a
medrec bounties list --mine
medrec --node ws://127.0.0.1:SILENT council list
medrec --node ws://127.0.0.1:WEB council list
medrec --node wss://127.0.0.1:WEB council list
medrec --node ws://nowhere.invalid:9944 council list
medrec --key nobody registrar show
";

/// A keystore with the keys `me` and `second`, and files of many kinds.
fn prepare() -> Home {
	let home = Home::new();
	home.import("me", &format!("{PHRASE}//Alice"));
	home.import("second", &format!("{PHRASE}//Bob"));
	let wallet = fs::read_to_string(home.path("keys/me.json")).unwrap();
	for (name, text, mode) in [
		("me.seed", PHRASE, 0o600),
		("open.seed", PHRASE, 0o644),
		("bad.seed", "bottom drive obey", 0o600),
		("misspelled.seed", &PHRASE.replace("walk", "wlak"), 0o600),
		("empty", "", 0o600),
		("wallet.json", &wallet, 0o600),
		("open.json", &wallet, 0o644),
		("answer.json", "{}", 0o600),
		("wrong.password", "incorrect donkey", 0o600),
		("open.password", "incorrect donkey", 0o644),
		("new.password", "a new one", 0o600),
		("a.secret", &"07".repeat(32), 0o600),
		("open.secret", &"07".repeat(32), 0o644),
		("patient.txt", "17", 0o600),
	] {
		home.file(name, text, mode);
	}
	home
}

/// A server that sends this text to each client, and closes. Returns its port.
fn serve(text: &'static str) -> String {
	let listener = TcpListener::bind("127.0.0.1:0").unwrap();
	let port = listener.local_addr().unwrap().port();
	thread::spawn(move || {
		for mut client in listener.incoming().flatten() {
			let _ = client.write_all(text.as_bytes());
		}
	});
	port.to_string()
}

/// A message without what differs from run to run.
fn settled(home: &Home, text: &str, ports: &[(&str, &str)]) -> String {
	let mut text = text.replace(home.folder(), "FOLDER");
	for (name, port) in ports {
		text = text.replace(&format!("127.0.0.1:{port}"), &format!("127.0.0.1:{name}"));
	}
	text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// With `UPDATE_MISTAKES=1`, the test writes the file.
#[test]
fn the_messages_of_mistakes_are_those_that_were_reviewed() {
	let home = prepare();
	let before = home.snapshot();
	let (silent, web) = (serve(""), serve("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
	let ports = [("SILENT", silent.as_str()), ("WEB", web.as_str())];
	let run = |line: &str| {
		let mut filled = line
			.replace("ADDRESS", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
			.replace(" ID", &format!(" 0x{}", "1f".repeat(32)));
		for (name, port) in ports {
			filled = filled.replace(name, port);
		}
		let output = home.shell(&filled).output().unwrap();
		let message = stderr(&output);
		let status = output.status.code().unwrap();
		assert!((1..=5).contains(&status), "{line}: {status} {message}");
		assert_eq!(stdout(&output), "", "{line}");
		assert!(!message.trim().is_empty(), "{line} says nothing");
		for never in ["panicked", "correct horse", "donkey", "bottom drive", "0707"] {
			assert!(!message.contains(never), "{line} says {never}: {message}");
		}
		format!("$ {line}\n[{status}] {}\n", settled(&home, message.trim_end(), &ports))
	};
	let lines: Vec<&str> = MISTAKES.lines().filter(|line| !line.is_empty()).collect();
	let count = lines.iter().filter(|line| !line.starts_with('#')).count();
	assert!(count >= ENOUGH, "{count}");
	// All at once, since some wait for a node.
	let text_of = &|line: &str| match line.starts_with('#') {
		true => format!("{line}\n"),
		false => run(line),
	};
	let texts: Vec<String> = thread::scope(|scope| {
		let started: Vec<_> = lines.iter().map(|line| scope.spawn(move || text_of(line))).collect();
		started.into_iter().map(|thread| thread.join().unwrap()).collect()
	});
	assert_eq!(home.snapshot(), before, "a mistake changed a file");
	let text = texts.join("\n");
	if std::env::var_os("UPDATE_MISTAKES").is_some() {
		fs::write(FILE, &text).unwrap();
	}
	let checked_in = fs::read_to_string(FILE).unwrap_or_default();
	let differs = checked_in.lines().zip(text.lines()).find(|(old, new)| old != new);
	assert!(
		checked_in == text,
		"run this test with UPDATE_MISTAKES=1 and review the change; the first: {differs:?}"
	);
}
