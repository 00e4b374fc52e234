// Makes the vectors beside it: `npm i @polkadot/keyring @polkadot/util @polkadot/util-crypto`, then
// `node make.mjs FOLDER`. It computes signature bases by itself, so that they check the ones of this
// crate. Signatures of sr25519 and key files are random: each run makes others.
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady, encodeAddress } from '@polkadot/util-crypto';
import { u8aToHex, u8aWrapBytes, stringToU8a } from '@polkadot/util';
import { createHash, webcrypto, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
await cryptoWaitReady();
const out = process.argv[2];
const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
const genesis = '0x' + Array.from({length: 32}, (_, i) => (i * 7 + 3) % 256).map(b => b.toString(16).padStart(2, '0')).join('');
const created = 1769860800; // 2026-01-31T12:00:00Z
const pairOf = (type, uri) => new Keyring({ type, ss58Format: 42 }).addFromUri(uri);
const message = 'The quick brown fox jumps over the lazy dog';

const raw = [];
for (const type of ['sr25519', 'ed25519']) {
  const uri = `${phrase}//medrec//${type}`;
  const pair = pairOf(type, uri);
  raw.push({ scheme: type, uri, address: pair.address, account: u8aToHex(pair.publicKey), message,
    signature: u8aToHex(pair.sign(u8aWrapBytes(message))) });
}
writeFileSync(`${out}/raw_signatures.json`, JSON.stringify(raw, null, 2) + '\n');

const digest = body => `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const covered = '("@method" "@authority" "@path" "@query" "content-digest")';
function base(r, params) {
  return [`"@method": ${r.method}`, `"@authority": ${r.authority}`, `"@path": ${r.path}`, `"@query": ?${r.query ?? ''}`,
    `"content-digest": ${digest(r.body)}`, `"@signature-params": ${params}`].join('\n');
}
const b64url = bytes => Buffer.from(bytes).toString('base64url');
const requests = [];
const targets = [
  { method: 'POST', authority: 'gate.example.org', path: '/v1/query', query: null, body: '{"relationship":"0x01"}' },
  { method: 'GET', authority: 'gate.example.org:8443', path: '/v1/log/receipts', query: 'relationship=0x02&after=7', body: '' },
];
for (const type of ['sr25519', 'ed25519']) for (const target of targets) {
  const pair = pairOf(type, `${phrase}//medrec//${type}`);
  const keyid = `polkadot:${genesis.slice(2, 34)}:${encodeAddress(pair.publicKey, 7336)}`;
  // another order of parameters than the one that is written here
  const nonce = b64url(createHash('sha256').update(type + target.path).digest().subarray(0, 16));
  const params = `${covered};keyid="${keyid}";tag="medrec-v1";created=${created};expires=${created + 300};nonce="${nonce}"`;
  const text = base(target, params);
  const signature = pair.sign(u8aWrapBytes(text));
  requests.push({ ...target, scheme: type, account: u8aToHex(pair.publicKey), nonce, base: text, headers: {
    'content-digest': digest(target.body), 'signature-input': `medrec=${params}`,
    'signature': `medrec=:${Buffer.from(signature).toString('base64')}:` } });
}
{
  const pair = pairOf('sr25519', `${phrase}//medrec//sr25519`);
  const target = targets[0];
  const seed = createHash('sha256').update('a session key').digest();
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, { name: 'Ed25519' }, true, ['sign']);
  const jwk = await webcrypto.subtle.exportKey('jwk', key);
  const pub = Buffer.from(jwk.x, 'base64url');
  const text = `portal.example.org wants you to sign in with your Polkadot account:
${encodeAddress(pair.publicKey, 7336)}

Let a session key ask MedRec gatekeepers for records in my name.

URI: https://portal.example.org
Version: 1
Chain ID: polkadot:${genesis.slice(2, 34)}
Nonce: 6f1c0a58d0b44b9f
Issued At: 2026-01-31T11:50:00.000Z
Expiration Time: 2026-01-31T12:50:00.000Z
Resources:
- medrec:session:ed25519:0x${pub.toString('hex')}`;
  const delegation = pair.sign(u8aWrapBytes(text));
  const session = `${Buffer.from(text).toString('base64')}.${Buffer.from(delegation).toString('hex')}`;
  const keyid = `polkadot:${genesis.slice(2, 34)}:${encodeAddress(pub, 42)}`;
  const nonce = b64url(createHash('sha256').update('session').digest().subarray(0, 16));
  const params = `${covered};created=${created};expires=${created + 60};nonce="${nonce}";keyid="${keyid}";alg="ed25519";tag="medrec-v1"`;
  const b = base(target, params);
  const signature = Buffer.from(await webcrypto.subtle.sign('Ed25519', key, Buffer.from(b)));
  requests.push({ ...target, scheme: 'session', account: u8aToHex(pair.publicKey), nonce, base: b, headers: {
    'content-digest': digest(target.body), 'medrec-session': session, 'signature-input': `medrec=${params}`,
    'signature': `medrec=:${signature.toString('base64')}:` } });
}
writeFileSync(`${out}/requests.json`, JSON.stringify({ genesis, created, requests }, null, 2) + '\n');

const files = [];
for (const type of ['sr25519', 'ed25519']) {
  const uri = `${phrase}//medrec//${type}`;
  const pair = pairOf(type, uri);
  pair.setMeta({ name: `made by polkadot-js, ${type}` });
  files.push({ uri, password: 'correct horse ü', file: pair.toJson('correct horse ü') });
}
writeFileSync(`${out}/key_files.json`, JSON.stringify(files, null, 2) + '\n');
