-- An example EHR schema in the names of FHIR R4: one table for each resource type, with the columns
-- that queries need and the whole resource as JSON.
--
-- `changed` grows with every announced change of a row, over all tables. A new row gets its number by
-- a trigger. A change is announced by setting `changed` to NULL in the same UPDATE; another trigger
-- then sets the next number. A change that is not announced leaves the number as it was, and the row
-- no longer matches its commitment on the chain.

CREATE TABLE change_counter (
	id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
	last INTEGER NOT NULL
);

INSERT INTO change_counter (id, last) VALUES (1, 0);

-- The imported files, by the SHA3-256 of their content.
CREATE TABLE imports (
	content BLOB NOT NULL PRIMARY KEY,
	file TEXT NOT NULL
);

CREATE TABLE patients (
	id TEXT NOT NULL PRIMARY KEY,
	identifier TEXT,
	family TEXT,
	given TEXT,
	gender TEXT,
	birthDate TEXT,
	deceasedDateTime TEXT,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX patients_changed ON patients (changed, id);

CREATE TRIGGER patients_inserted AFTER INSERT ON patients WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE patients SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER patients_updated AFTER UPDATE OF changed ON patients WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE patients SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TABLE encounters (
	id TEXT NOT NULL PRIMARY KEY,
	patient TEXT NOT NULL REFERENCES patients (id),
	status TEXT,
	class TEXT,
	system TEXT,
	code TEXT,
	display TEXT,
	periodStart TEXT,
	periodEnd TEXT,
	reasonCode TEXT,
	reasonDisplay TEXT,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX encounters_of_patient ON encounters (patient, changed);
CREATE INDEX encounters_changed ON encounters (changed, id);

CREATE TRIGGER encounters_inserted AFTER INSERT ON encounters WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE encounters SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER encounters_updated AFTER UPDATE OF changed ON encounters WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE encounters SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TABLE conditions (
	id TEXT NOT NULL PRIMARY KEY,
	patient TEXT NOT NULL REFERENCES patients (id),
	encounter TEXT,
	clinicalStatus TEXT,
	verificationStatus TEXT,
	system TEXT,
	code TEXT,
	display TEXT,
	onsetDateTime TEXT,
	abatementDateTime TEXT,
	recordedDate TEXT,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX conditions_of_patient ON conditions (patient, changed);
CREATE INDEX conditions_changed ON conditions (changed, id);

CREATE TRIGGER conditions_inserted AFTER INSERT ON conditions WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE conditions SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER conditions_updated AFTER UPDATE OF changed ON conditions WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE conditions SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TABLE observations (
	id TEXT NOT NULL PRIMARY KEY,
	patient TEXT NOT NULL REFERENCES patients (id),
	encounter TEXT,
	status TEXT,
	category TEXT,
	system TEXT,
	code TEXT,
	display TEXT,
	value REAL,
	unit TEXT,
	valueCode TEXT,
	valueString TEXT,
	effectiveDateTime TEXT,
	issued TEXT,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX observations_of_patient ON observations (patient, changed);
CREATE INDEX observations_changed ON observations (changed, id);

CREATE TRIGGER observations_inserted AFTER INSERT ON observations WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE observations SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER observations_updated AFTER UPDATE OF changed ON observations WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE observations SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TABLE medications (
	id TEXT NOT NULL PRIMARY KEY,
	patient TEXT NOT NULL REFERENCES patients (id),
	encounter TEXT,
	status TEXT,
	intent TEXT,
	system TEXT,
	code TEXT,
	display TEXT,
	authoredOn TEXT,
	dosage TEXT,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX medications_of_patient ON medications (patient, changed);
CREATE INDEX medications_changed ON medications (changed, id);

CREATE TRIGGER medications_inserted AFTER INSERT ON medications WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE medications SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER medications_updated AFTER UPDATE OF changed ON medications WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE medications SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TABLE immunizations (
	id TEXT NOT NULL PRIMARY KEY,
	patient TEXT NOT NULL REFERENCES patients (id),
	encounter TEXT,
	status TEXT,
	system TEXT,
	code TEXT,
	display TEXT,
	occurrenceDateTime TEXT,
	primarySource INTEGER,
	resource TEXT NOT NULL,
	changed INTEGER
);

CREATE INDEX immunizations_of_patient ON immunizations (patient, changed);
CREATE INDEX immunizations_changed ON immunizations (changed, id);

CREATE TRIGGER immunizations_inserted AFTER INSERT ON immunizations WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE immunizations SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;

CREATE TRIGGER immunizations_updated AFTER UPDATE OF changed ON immunizations WHEN NEW.changed IS NULL BEGIN
	UPDATE change_counter SET last = last + 1;
	UPDATE immunizations SET changed = (SELECT last FROM change_counter) WHERE id = NEW.id;
END;
