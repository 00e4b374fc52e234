// The steps of the guide, in an order in which each finds what it needs. Each is named as in the guide.

import assert from 'node:assert/strict';
import { BN } from '@polkadot/util';
import { randomAsHex } from '@polkadot/util-crypto';
import { id, text, variant } from './page.mjs';

const DAY = 86_400_000;
const NO_ID = `0x${'00'.repeat(32)}`;
const LABORATORY = 10;
const MEDICATION = 20;

/** The purposes of a permission that is for treatment. */
const TREAT = [variant('Treat')];

const connection = {
	'connect': async ({ page }) => {
		assert.equal(page.api.runtimeChain.toString(), 'MedRec Development');
	},
	'create-account': async (patient) => {
		patient.newAccount = patient.page.extension.create();
	},
	'restore-account': async (patient) => {
		patient.account = patient.page.extension.restore(patient.backup, patient.password);
	},
	'zero-balance': async ({ page, account }) => {
		const { freeBalance } = await page.api.derive.balances.all(account.address);
		assert.ok(freeBalance.isZero());
	},
	'not-registered': async (patient) => {
		const submitted = patient.submit('ppr.accept', NO_ID);
		await patient.fails('1010: Invalid Transaction: Custom error: 1', submitted);
	},
};

const first = {
	'find-subject': async (patient) => {
		const { page, hospital, account } = patient;
		assert.ok((await page.state('registrar.subjectOf', account.address)).isNone);
		const enrolled = await hospital.enroll(account, 'Patient');
		patient.subject = (await page.state('registrar.subjectOf', account.address)).unwrap().toHex();
		assert.equal(patient.subject, enrolled);
		patient.clinicianAccount = page.extension.create();
		patient.clinician = await hospital.enroll(patient.clinicianAccount, 'Clinician');
	},
	'see-yourself': async ({ page, subject, account }) => {
		const self = (await page.state('registrar.subjects', subject)).unwrap().toHuman();
		assert.equal(self.account, account.address);
		assert.deepEqual([self.role, self.status], ['Patient', 'Active']);
	},
	'list-relationships': async (patient) => {
		await patient.hospital.propose(patient.subject);
		const entries = await patient.page.list('summary.entries', patient.subject);
		const [[relationship, entry], ...others] = entries;
		patient.relationship = relationship.toHex();
		assert.equal(others.length, 0);
		assert.equal(entry.unwrap().state.type, 'Proposed');
	},
	'decline': async (patient) => {
		await patient.submit('ppr.decline', patient.relationship);
		assert.equal((await patient.stored()).state.type, 'Declined');
		patient.relationship = await patient.hospital.propose(patient.subject);
	},
	'relationship-not-active': async (patient) => {
		await patient.fails('ppr.NotActive', patient.grant(variant('All'), TREAT));
	},
	'accept': async (patient) => {
		await patient.submit('ppr.accept', patient.relationship);
		assert.equal((await patient.stored()).state.type, 'Active');
	},
	'not-proposed': async (patient) => {
		await patient.fails('ppr.NotProposed', patient.submit('ppr.accept', patient.relationship));
	},
	'see-relationship': async (patient) => {
		const stored = await patient.stored();
		assert.equal(stored.patient.toHex(), patient.subject);
		patient.provider = stored.provider.toHex();
	},
	'see-name': async ({ page, provider }) => {
		assert.equal((await page.state('registrar.nameOf', provider)).toHuman(), 'hospital-a');
	},
	'list-records': async (patient) => {
		patient.records = await patient.hospital.post(patient.relationship, LABORATORY, MEDICATION);
		const listed = await patient.page.list('ppr.records', patient.relationship);
		const found = listed.map(([record, value]) => [record.toHex(), value.unwrap().category.toNumber()]);
		const [laboratory, medication] = patient.records;
		const posted = [[laboratory, LABORATORY], [medication, MEDICATION]];
		assert.deepEqual(new Map(found), new Map(posted));
	},
	'count-news': async (patient) => {
		patient.news = (await patient.page.state('summary.pending', patient.subject)).toNumber();
		assert.ok(patient.news > 2);
	},
	'preview-news': async ({ page, subject, news }) => {
		assert.equal((await page.runtime('medrecApi.pendingFor', subject)).toNumber(), news);
	},
	'acknowledge': async (patient) => {
		await patient.submit('summary.acknowledge', patient.relationship);
		assert.ok((await patient.page.state('summary.pending', patient.subject)).toNumber() < patient.news);
	},
	'see-time': async (patient) => {
		patient.now = (await patient.page.state('timestamp.now')).toNumber();
		assert.match(String(patient.now), /^\d{13}$/);
	},
};

const functions = {
	'resolve': async ({ page, provider }) => {
		const found = await page.runtime('medrecApi.resolve', text('hospital-a'));
		assert.equal(found.unwrap().toHex(), provider);
	},
	'preview-subject': async ({ page, clinicianAccount, clinician }) => {
		const found = await page.runtime('medrecApi.subjectOf', clinicianAccount.address);
		assert.equal(found.unwrap().toHex(), clinician);
	},
	'preview-relationships': async ({ page, subject, relationship }) => {
		const listed = (cursor) => page.runtime('medrecApi.relationshipsOf', subject, cursor);
		const ids = (await listed(null)).map(([found]) => found.toHex());
		assert.equal(ids.length, 2);
		assert.ok(ids.includes(relationship));
		assert.deepEqual((await listed(ids[0])).map(([found]) => found.toHex()), ids.slice(1));
	},
};

const decisions = {
	'grant-all': async (patient) => {
		const end = new BN(patient.now + DAY);
		const values = [variant('Subject', patient.clinician), variant('All'), TREAT, null, end];
		const call = patient.page.call('ppr.grant', patient.relationship, ...values);
		await patient.page.send(patient.account, call, { untilFinal: true });
	},
	'list-grants': async (patient) => {
		const [[, grant], ...others] = await patient.grants();
		assert.equal(others.length, 0);
		assert.equal(grant.expiresAt.unwrap().toNumber(), patient.now + DAY);
		assert.deepEqual(grant.purposes.toHuman(), ['Treat']);
	},
	'preview': async (patient) => {
		const { Permit } = await patient.decision(patient.records[0]);
		assert.equal(Permit.fields, 'All');
		assert.deepEqual(Permit.by, { Grants: [...(await patient.grants()).keys()] });
	},
	'rpc': async (patient) => {
		const { page, clinician: requester, relationship, records: [record] } = patient;
		assert.equal(page.api.rpc.medrec, undefined);
		const code = patient.guide.code('rpc');
		const [decision] = await page.javascript(code, { requester, relationship, record });
		assert.equal(decision.permit.fields, 'all');
		const wrong = page.javascript(code.replace('TREAT', 'Treat'), { requester, relationship, record });
		await assert.rejects(wrong, /unknown variant `Treat`/);
	},
	'deny': async (patient) => {
		const grantee = variant('Subject', patient.clinician);
		const terms = [variant('Category', new BN(LABORATORY)), null, null];
		await patient.submit('ppr.deny', patient.relationship, grantee, ...terms);
		const [laboratory, medication] = patient.records;
		assert.deepEqual(await patient.decision(laboratory), { Deny: { reason: 'Denied' } });
		assert.ok((await patient.decision(medication)).Permit);
	},
	'revoke-all': async (patient) => {
		await patient.submit('ppr.revokeAll', patient.relationship, variant('Subject', patient.clinician));
		const effects = [...(await patient.grants()).values()].map(({ effect }) => effect.type);
		assert.deepEqual(effects, ['Deny']);
	},
	'revoke': async (patient) => {
		const [denial] = (await patient.grants()).keys();
		await patient.submit('ppr.revoke', patient.relationship, denial);
		assert.equal((await patient.grants()).size, 0);
	},
	'grant-category': async (patient) => {
		const purposes = patient.guide.purposes();
		const { defKeys } = patient.page.api.createType('MedrecPrimitivesRelationshipPurpose');
		assert.deepEqual(purposes, defKeys);
		const scope = variant('Category', new BN(MEDICATION));
		await patient.grant(scope, purposes.map((purpose) => variant(purpose)));
		const [laboratory, medication] = patient.records;
		assert.ok((await patient.decision(laboratory)).Deny);
		assert.ok((await patient.decision(medication)).Permit);
	},
	'grant-records': async (patient) => {
		const [laboratory] = patient.records;
		const grant = await patient.grant(variant('Records', [laboratory]), TREAT);
		assert.equal((await patient.decision(laboratory)).Permit.fields, 'All');
		await patient.submit('ppr.revoke', patient.relationship, grant);
	},
	'grant-fields': async (patient) => {
		const [laboratory] = patient.records;
		const fields = { record: laboratory, fields: [new BN(2), new BN(0)] };
		await patient.grant(variant('Fields', fields), TREAT);
		assert.deepEqual((await patient.decision(laboratory)).Permit.fields, { Only: ['0', '2'] });
	},
	'consent': async (patient) => {
		const consent = variant('Categories', [new BN(MEDICATION), new BN(LABORATORY)]);
		await patient.submit('ppr.setResearchConsent', patient.relationship, consent);
		assert.deepEqual((await patient.stored()).research.toHuman(), { Categories: ['10', '20'] });
	},
	'end-consent': async (patient) => {
		await patient.submit('ppr.setResearchConsent', patient.relationship, variant('None'));
		assert.equal((await patient.stored()).research.type, 'None');
	},
	'set-key': async (patient) => {
		const key = randomAsHex(32);
		for (const value of [key, null]) {
			await patient.submit('registrar.setEncryptionKey', value);
			const self = (await patient.page.state('registrar.subjects', patient.subject)).unwrap();
			assert.equal(self.encryptionKey.toHuman(), value);
		}
	},
};

const failures = {
	'empty-period': async (patient) => {
		const seconds = new BN(Math.floor((patient.now + DAY) / 1_000));
		await patient.fails('ppr.EmptyPeriod', patient.grant(variant('All'), TREAT, seconds));
	},
	'grantee-not-found': async (patient) => {
		const grantee = variant('Subject', id(patient.clinicianAccount.address));
		const terms = [variant('All'), TREAT, null, null];
		const submitted = patient.submit('ppr.grant', patient.relationship, grantee, ...terms);
		await patient.fails('ppr.GranteeNotFound', submitted);
	},
	'grantee-is-party': async (patient) => {
		for (const party of [patient.subject, patient.provider]) {
			const grantee = variant('Subject', party);
			const terms = [variant('All'), null, null];
			const submitted = patient.submit('ppr.deny', patient.relationship, grantee, ...terms);
			await patient.fails('ppr.GranteeIsParty', submitted);
		}
	},
	'empty-purposes': async (patient) => {
		await patient.fails('ppr.EmptyPurposes', patient.grant(variant('All'), []));
	},
	'empty-scope': async (patient) => {
		const fields = { record: patient.records[0], fields: [] };
		for (const scope of [variant('Records', []), variant('Fields', fields)]) {
			await patient.fails('ppr.EmptyScope', patient.grant(scope, TREAT));
		}
	},
	'record-not-found': async (patient) => {
		await patient.fails('ppr.RecordNotFound', patient.grant(variant('Records', [NO_ID]), TREAT));
	},
	'too-many-grants': async (patient) => {
		const { page, relationship, clinician } = patient;
		const bound = page.api.consts.ppr.maxGrantsPerGrantee.toNumber();
		assert.equal(bound, 16);
		const missing = bound - (await patient.grants()).size;
		const grantee = variant('Subject', clinician);
		const grant = page.call('ppr.grant', relationship, grantee, variant('All'), TREAT, null, null);
		const batch = page.api.tx.utility.batchAll(Array(missing).fill(grant));
		await page.send(patient.account, batch);
		await patient.fails('ppr.TooManyGrants', patient.grant(variant('All'), TREAT));
	},
	'not-found': async (patient) => {
		await patient.fails('ppr.NotFound', patient.submit('ppr.terminate', NO_ID));
		await patient.fails('ppr.NotFound', patient.submit('ppr.revoke', patient.relationship, NO_ID));
	},
	'not-authorized': async (patient) => {
		const other = patient.page.extension.create();
		const theirs = await patient.hospital.propose(await patient.hospital.enroll(other, 'Patient'));
		await patient.fails('ppr.NotAuthorized', patient.submit('ppr.decline', theirs));
	},
	'not-active': async (patient) => {
		await patient.hospital.setStatus(patient.subject, 'Suspended');
		const submitted = patient.submit('summary.acknowledge', patient.relationship);
		await patient.fails('1010: Invalid Transaction: Custom error: 2', submitted);
		await patient.hospital.setStatus(patient.subject, 'Active');
	},
	'not-in-council': async (patient) => {
		const { page, account } = patient;
		const motion = page.api.tx.council.propose(1, page.api.tx.utility.batch([]), 100);
		await patient.fails('1010: Invalid Transaction: Custom error: 4', page.send(account, motion));
	},
	'call-not-allowed': async (patient) => {
		const message = '1010: Invalid Transaction: Transaction call is not expected';
		await patient.fails(message, patient.submit('system.remark', text('hello')));
	},
};

const account = {
	'invalid-proof': async (patient) => {
		const proof = variant('Sr25519', await patient.page.sign(patient.newAccount, 'another message'));
		const submitted = patient.submit('registrar.rotateAccount', patient.newAccount.address, proof);
		await patient.fails('registrar.InvalidProof', submitted);
	},
	'rotate': async (patient) => {
		const { page, guide, subject, account: old, newAccount } = patient;
		const [message] = await page.javascript(guide.code('rotate'), { subject, account: old.address });
		const proof = variant('Sr25519', await page.sign(newAccount, message));
		await patient.submit('registrar.rotateAccount', newAccount.address, proof);
		[patient.account, patient.oldAccount] = [newAccount, old];
		assert.equal((await page.state('registrar.subjectOf', newAccount.address)).unwrap().toHex(), subject);
	},
	'account-spent': async (patient) => {
		const { page, guide, subject, account, oldAccount } = patient;
		const [message] = await page.javascript(guide.code('rotate'), { subject, account: account.address });
		const proof = variant('Sr25519', await page.sign(oldAccount, message));
		const submitted = patient.submit('registrar.rotateAccount', oldAccount.address, proof);
		await patient.fails('registrar.AccountSpent', submitted);
	},
	'see-quota': async (patient) => {
		const { page, subject } = patient;
		const usage = (await page.state('registrar.usage', subject)).unwrap();
		patient.quota = page.constant('registrar.quota').toNumber();
		assert.ok(usage.ordinary.toNumber() > 0);
		assert.ok(usage.protective.toNumber() > 0);
		assert.ok(page.constant('registrar.protectiveQuota').toNumber() > 0);
		assert.equal(page.api.consts.registrar.quotaWindow.toNumber(), 600_000);
	},
	'quota-exhausted': async (patient) => {
		const { page, account, relationship } = patient;
		const call = page.call('summary.acknowledge', relationship);
		const left = async () => {
			const usage = await page.state('registrar.usage', patient.subject);
			return patient.quota - usage.unwrap().ordinary.toNumber();
		};
		// A window may end while the calls are sent, so that one burst does not always suffice.
		for (let count = await left(); count > 0; count = await left()) {
			await burst(page, account, call, count);
		}
		await patient.fails('1010: Invalid Transaction: Custom error: 3', page.send(account, call));
	},
	'terminate': async (patient) => {
		// The quota of this call is another one.
		await patient.submit('ppr.terminate', patient.relationship);
		assert.equal((await patient.stored()).state.type, 'Terminated');
	},
	'see-history': async ({ page, subject }) => {
		const history = await page.list('summary.activity', subject);
		history.sort(([left], [right]) => left.cmp(right));
		const kinds = history.map(([, entry]) => entry.unwrap().kind.type);
		assert.deepEqual(kinds.slice(0, 4), ['Registered', 'Proposed', 'Declined', 'Proposed']);
		assert.equal(kinds.at(-1), 'Terminated');
	},
	'retire': async (patient) => {
		await patient.submit('registrar.setStatus', patient.subject, variant('Retired'));
		const self = (await patient.page.state('registrar.subjects', patient.subject)).unwrap();
		assert.equal(self.status.type, 'Retired');
	},
};

/** Sends a call so many times without a wait between, and waits until the blocks hold all. */
async function burst(page, account, call, count) {
	const { api } = page;
	const { genesisHash, runtimeVersion } = api;
	const start = (await api.rpc.system.accountNextIndex(account.address)).toNumber();
	for (let nonce = start; nonce < start + count; nonce += 1) {
		// Without an era, no block has to be asked for.
		const options = { nonce, era: 0, blockHash: genesisHash, genesisHash, runtimeVersion };
		await api.rpc.author.submitExtrinsic(await call.signAsync(account, options));
	}
	while ((await api.query.system.account(account.address)).nonce.toNumber() < start + count) {
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}

/** The steps by name. */
export const steps = { ...connection, ...first, ...functions, ...decisions, ...failures, ...account };
