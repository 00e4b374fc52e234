// The polkadot-js Apps page and its browser extension, as far as the guide uses them. The API is used
// as it is: no types and no signed extensions are added to what the chain describes.

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import * as types from '@polkadot/types';
import { TypeRegistry } from '@polkadot/types';
import * as util from '@polkadot/util';
import * as hashing from '@polkadot/util-crypto';

/** The bytes that the page sends for a text in a field of type `Bytes`: the length comes first. */
export const text = (value) => util.compactAddLength(util.stringToU8a(value));

/** What the page sends for a variant that is chosen from a list. */
export const variant = (name, value = null) => ({ [name]: value });

/** The hexadecimal digits that the page sends for an ID. It reads an address as the account's key. */
export const id = (typed) =>
	typed.startsWith('0x') ? typed : util.u8aToHex(hashing.decodeAddress(typed));

/** The accounts of the browser extension, and its signatures. */
export class Extension {
	#keyring;

	constructor(prefix) {
		this.#keyring = new Keyring({ type: 'sr25519', ss58Format: prefix });
	}

	/** Creates an account with a new phrase of twelve words. */
	create() {
		return this.#keyring.addFromMnemonic(hashing.mnemonicGenerate(12));
	}

	/** Adds a development account, as `//ProviderA`. */
	development(path) {
		return this.#keyring.addFromUri(path);
	}

	/** Restores an account from a file of JSON. */
	restore(json, password) {
		const pair = this.#keyring.addFromJson(json);
		pair.decodePkcs8(password);
		return pair;
	}

	/** Signs for the page. The extension knows no more of the chain than what the page sends. */
	signer(pair) {
		return {
			signPayload: async (payload) => {
				const registry = new TypeRegistry();
				registry.setSignedExtensions(payload.signedExtensions);
				const { version } = payload;
				return registry.createType('ExtrinsicPayload', payload, { version }).sign(pair);
			},
			signRaw: async ({ data }) => {
				return { signature: util.u8aToHex(pair.sign(util.u8aWrapBytes(data))) };
			},
		};
	}
}

/** The page, connected to a node. */
export class Page {
	/** The names of calls, state, constants and functions that were used, as `ppr.accept`. */
	used = new Set();

	constructor(api, extension) {
		this.api = api;
		this.extension = extension;
	}

	/** The page at `?rpc=<url>`. */
	static async open(url) {
		const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
		return new Page(api, new Extension(api.registry.chainSS58));
	}

	#find(tree, name) {
		const [section, method] = name.split('.');
		const found = tree[section]?.[method];
		if (!found) throw new Error(`the page does not offer ${name}`);
		this.used.add(name);
		return found;
	}

	/** *Developer, Extrinsics*: the call with these values, ready to be submitted. */
	call(name, ...values) {
		return this.#find(this.api.tx, name)(...values);
	}

	/** The name that the page shows for the error of a call in a block. */
	#errorName(error) {
		if (!error.isModule) return error.toString();
		const { section, name } = this.api.registry.findMetaError(error.asModule);
		return `${section}.${name}`;
	}

	/** *Submit Transaction*, until a block holds it, or until that block is final. */
	send(account, call, { untilFinal = false } = {}) {
		return new Promise((resolve, reject) => {
			const follow = ({ status, dispatchError, events }) => {
				if (dispatchError) {
					reject(new Error(this.#errorName(dispatchError)));
				} else if (untilFinal ? status.isFinalized : status.isInBlock) {
					resolve(events.map(({ event }) => event));
				} else if (status.isError) {
					reject(new Error(`the transaction is ${status.type}`));
				}
			};
			const signer = this.extension.signer(account);
			call.signAndSend(account.address, { signer, nonce: -1 }, follow).catch(reject);
		});
	}

	/** Submits the call with these values, until a block holds it. */
	submit(account, name, ...values) {
		return this.send(account, this.call(name, ...values));
	}

	/** *Developer, Chain state*: one value. */
	state(name, ...keys) {
		return this.#find(this.api.query, name)(...keys);
	}

	/** *Chain state* without *include option*: the pairs of last key and value. */
	async list(name, ...keys) {
		const entries = await this.#find(this.api.query, name).entries(...keys);
		return entries.map(([key, value]) => [key.args.at(-1), value]);
	}

	/** *Chain state, Constants*. */
	constant(name) {
		return this.#find(this.api.consts, name);
	}

	/** *Developer, Runtime calls*. */
	runtime(name, ...values) {
		return this.#find(this.api.call, name)(...values);
	}

	/** *Developer, Sign and verify*. */
	async sign(account, data) {
		const wrapped = util.u8aToHex(util.u8aWrapBytes(data));
		const request = { address: account.address, data: wrapped, type: 'bytes' };
		return (await this.extension.signer(account).signRaw(request)).signature;
	}

	/** *Developer, JavaScript*: what the code logs, with values in place of its constants in quotes. */
	async javascript(code, values) {
		const filled = code.replace(/\bconst (\w+) = '[^']*'/g, (line, name) => {
			if (!(name in values)) throw new Error(`the code has another constant: ${line}`);
			return `const ${name} = '${values[name]}'`;
		});
		const logged = [];
		const console = { log: (value) => logged.push(value) };
		const offered = { api: this.api, console, hashing, types, util };
		const names = Object.keys(offered).join(', ');
		await new Function('offered', `return (async ({ ${names} }) => { ${filled} })(offered);`)(offered);
		return logged;
	}
}
