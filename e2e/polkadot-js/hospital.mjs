// What the hospital does meanwhile, with the account of the development chain's only hospital.

import { randomAsHex } from '@polkadot/util-crypto';

/** The hospital. */
export class Hospital {
	#page;
	#account;

	constructor(page) {
		this.#page = page;
		this.#account = page.extension.development('//ProviderA');
	}

	async #submit(...calls) {
		return this.#page.send(this.#account, this.#page.api.tx.utility.batchAll(calls));
	}

	/** Enrols the owner of an account; returns the new subject. */
	async enroll(account, role) {
		const { enroll } = this.#page.api.tx.registrar;
		const events = await this.#submit(enroll(account.address, role, null, null));
		return events.find(({ method }) => method === 'Enrolled').data.subject.toHex();
	}

	/** Proposes a relationship; returns its ID. */
	async propose(patient) {
		const events = await this.#submit(this.#page.api.tx.ppr.propose(patient));
		return events.find(({ method }) => method === 'Proposed').data.relationship.toHex();
	}

	/** Posts a record of each category; returns the IDs in the same order. */
	async post(relationship, ...categories) {
		const records = categories.map(() => randomAsHex(32));
		const pointer = { template: randomAsHex(32), handle: randomAsHex(16) };
		const { postRecord } = this.#page.api.tx.ppr;
		await this.#submit(...categories.map((category, index) =>
			postRecord(relationship, records[index], randomAsHex(32), pointer, category, 'Released')));
		return records;
	}

	/** Sets the status of a subject that it enrolled. */
	async setStatus(subject, status) {
		await this.#submit(this.#page.api.tx.registrar.setStatus(subject, status));
	}
}
