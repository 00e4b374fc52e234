// The patient of the guide: the account, and what the steps have found.

import assert from 'node:assert/strict';
import { variant } from './page.mjs';

/** The patient of the guide, with what the steps have found so far. */
export class Patient {
	/** The failures that were seen, by what the page shows. */
	failures = new Set();

	constructor({ page, guide, hospital, backup, password }) {
		Object.assign(this, { page, guide, hospital, backup, password });
	}

	/** Submits a call from the patient's account. */
	submit(name, ...values) {
		return this.page.submit(this.account, name, ...values);
	}

	/** Checks that the page shows `message`. */
	async fails(message, submitted) {
		await assert.rejects(submitted, { message });
		this.failures.add(message);
	}

	/** The grants of the relationship, by ID. */
	async grants() {
		const grants = await this.page.list('ppr.grants', this.relationship);
		return new Map(grants.map(([grant, value]) => [grant.toHex(), value.unwrap()]));
	}

	/** Gives a grant of this scope to the clinician; returns its ID. */
	async grant(scope, purposes, expiresAt = null) {
		const grantee = variant('Subject', this.clinician);
		const terms = [scope, purposes, null, expiresAt];
		const events = await this.submit('ppr.grant', this.relationship, grantee, ...terms);
		return events.find(({ method }) => method === 'Granted').data.grant.toHex();
	}

	/** The decision on a request of the clinician, as the page prints it. */
	async decision(record) {
		const request = [this.clinician, this.relationship, record, variant('Treat')];
		return (await this.page.runtime('medrecApi.checkAccess', ...request)).toHuman();
	}

	/** The stored relationship. */
	async stored() {
		return (await this.page.state('ppr.relationships', this.relationship)).unwrap();
	}
}
