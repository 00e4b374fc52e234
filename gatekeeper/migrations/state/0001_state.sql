-- The gatekeeper's own state. Identifiers, hashes and keys are blobs; times are Unix milliseconds.

CREATE TABLE patients (
	local_id TEXT NOT NULL PRIMARY KEY,
	subject BLOB NOT NULL UNIQUE,
	identifier BLOB NOT NULL UNIQUE
) STRICT;

-- A patient may have had several relationships with the provider, one after another.
CREATE TABLE relationships (
	relationship BLOB NOT NULL PRIMARY KEY,
	local_id TEXT NOT NULL REFERENCES patients (local_id)
) STRICT;

CREATE INDEX relationships_of_patient ON relationships (local_id);

-- One line for each version of each record, with the patient to whom its row belonged. A line
-- without a salt is an erased record.
CREATE TABLE records (
	sequence INTEGER PRIMARY KEY AUTOINCREMENT,
	relationship BLOB NOT NULL,
	record BLOB NOT NULL,
	version INTEGER NOT NULL,
	local_id TEXT NOT NULL,
	template BLOB NOT NULL,
	row_handle BLOB NOT NULL,
	row_changed TEXT NOT NULL,
	handle BLOB NOT NULL,
	salt BLOB,
	commitment BLOB NOT NULL,
	category INTEGER NOT NULL,
	release TEXT NOT NULL CHECK (release IN ('released', 'withheld')),
	progress TEXT NOT NULL DEFAULT 'planned' CHECK (progress IN ('planned', 'in_block', 'final')),
	block_number INTEGER,
	block_hash BLOB,
	UNIQUE (relationship, record, version)
) STRICT;

CREATE INDEX records_due ON records (progress, sequence);

-- The position up to which rows were read. An empty relationship stands for all rows of the template,
-- any other for the rows of that relationship's patient, which are read once from the start.
CREATE TABLE cursors (
	template BLOB NOT NULL,
	relationship BLOB NOT NULL,
	position TEXT NOT NULL,
	done INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (template, relationship)
) STRICT;

CREATE TABLE nonces (
	keyid TEXT NOT NULL,
	nonce TEXT NOT NULL,
	expires INTEGER NOT NULL,
	UNIQUE (keyid, nonce)
) STRICT;

CREATE INDEX nonces_expire ON nonces (expires);

CREATE TABLE receipts (
	sequence INTEGER NOT NULL PRIMARY KEY,
	canonical TEXT NOT NULL,
	leaf BLOB NOT NULL,
	relationship BLOB NOT NULL,
	requester BLOB NOT NULL,
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX receipts_of_relationship ON receipts (relationship, sequence);

CREATE TRIGGER receipts_are_not_deleted BEFORE DELETE ON receipts BEGIN
	SELECT RAISE(ABORT, 'receipts are only appended');
END;

CREATE TRIGGER receipts_are_not_changed BEFORE UPDATE ON receipts BEGIN
	SELECT RAISE(ABORT, 'receipts are only appended');
END;

-- Heads of the log that are anchored in a final block.
CREATE TABLE anchors (
	size INTEGER NOT NULL PRIMARY KEY,
	root BLOB NOT NULL,
	at INTEGER NOT NULL
) STRICT;

CREATE TABLE answers (
	bounty BLOB NOT NULL PRIMARY KEY,
	canonical TEXT NOT NULL,
	commitment BLOB NOT NULL,
	progress TEXT NOT NULL DEFAULT 'planned' CHECK (progress IN ('planned', 'in_block', 'final')),
	block_number INTEGER,
	block_hash BLOB
) STRICT;

CREATE TABLE alarms (
	relationship BLOB NOT NULL,
	record BLOB NOT NULL,
	version INTEGER NOT NULL,
	progress TEXT NOT NULL DEFAULT 'planned' CHECK (progress IN ('planned', 'in_block', 'final')),
	block_number INTEGER,
	block_hash BLOB,
	PRIMARY KEY (relationship, record, version)
) STRICT;
