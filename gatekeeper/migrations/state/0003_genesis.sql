-- The hash of the genesis block of the chain on which the records were posted: one line, once it is known.
CREATE TABLE chain (
	one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
	genesis BLOB NOT NULL
) STRICT;
