// Runs each step of docs/guides/polkadot-js.md against a development node, and checks that the guide
// and this program have the same steps, calls and messages. It prints a line for each step.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Hospital } from './hospital.mjs';
import { Page } from './page.mjs';
import { Patient } from './patient.mjs';
import { steps } from './steps.mjs';
import { Guide } from './text.mjs';

/** The longest wait for one step, in milliseconds. Only a failure takes so long. */
const LIMIT = 600_000;

const [url, guidePath, backupPath, passwordPath] = process.argv.slice(2);
if (!passwordPath) {
	console.error('usage: node guide.mjs URL GUIDE BACKUP PASSWORD\n');
	console.error('BACKUP: the file of a new key in a keystore of medrec. PASSWORD: a file with its password.');
	process.exit(2);
}

/** What `done` resolves to, or an error after [LIMIT]. */
function inTime(done) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`no result within ${LIMIT / 1_000} s`)), LIMIT);
	});
	return Promise.race([done, late]).finally(() => clearTimeout(timer));
}

/** Checks that the guide names what the program did, and nothing else. */
function same(what, guide, program) {
	const sorted = (names) => [...new Set(names)].sort();
	const message = `${what}: the program (first) and the guide (second) differ`;
	assert.deepEqual(sorted(program), sorted(guide), message);
}

async function run() {
	// The API warns at each signature that it does not know an extension of the chain.
	console.warn = () => {};
	const guide = new Guide(readFileSync(guidePath, 'utf8'));
	assert.equal(new Set(guide.steps()).size, guide.steps().length, 'the guide has two steps of one name');
	same('steps', guide.steps(), Object.keys(steps));

	const page = await inTime(Page.open(url));
	const backup = JSON.parse(readFileSync(backupPath, 'utf8'));
	const password = readFileSync(passwordPath, 'utf8').trimEnd();
	const patient = new Patient({ page, guide, hospital: new Hospital(page), backup, password });
	for (const [name, step] of Object.entries(steps)) {
		try {
			await inTime(step(patient));
		} catch (error) {
			throw new Error(`failed: ${name}`, { cause: error });
		}
		console.log(`ok: ${name}`);
	}
	same('calls, state and functions', guide.names(), page.used);
	same('messages', guide.failures(), patient.failures);
	console.log(`all ${Object.keys(steps).length} steps of the guide work`);
}

run().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
