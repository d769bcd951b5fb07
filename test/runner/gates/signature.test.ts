// Signed dispatch: the published vector, and every refusal in the order in which it is found.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimBytes, runnerRefSuffix, type Attestation } from '../../../src/runner/gates/attestation.ts';
import { openNonceStore, type NonceStore } from '../../../src/runner/gates/nonce-store.ts';
import {
  judgeSignature,
  originOf,
  type SignatureRules,
  type SignedFacts,
} from '../../../src/runner/gates/signature.ts';
import { sha256Hex } from '../../../src/packs/hash.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import {
  attest,
  authority,
  certificate,
  keyOfSeed,
  leaf,
  sha256,
  signatureOf,
  type Intent,
} from '../../support/signing.ts';

const DAY_MS = 86_400_000;
const now = Date.parse('2030-01-02T03:04:05Z');
const intent: Intent = {
  origin: 'https://cp.example.test',
  externalId: 'web-01.example',
  actionId: 'demo.ping',
  packRef: `demo@1.0.0/sha256:${'c'.repeat(64)}`,
  argsText: '{"n": 12345678901234567890}',
  reason: 'Load <5 & rising',
  operationId: 'op_demo',
};
const rules: SignatureRules = {
  authorities: [{ caId: 'ca-main', publicKey: authority.publicKey }],
  maxAgeMs: DAY_MS,
  origin: intent.origin,
  externalId: intent.externalId,
  group: 'web',
  labels: { env: 'prod' },
};
const { argsText, actionId, packRef, operationId, reason } = intent;
const facts = (change: Partial<SignedFacts> = {}): SignedFacts => ({
  ...{ actionId, argsText, packRef, operationId, reason, hasOptions: false },
  attestation: attest(intent),
  ...change,
});

let folder: ReturnType<typeof temporaryFolder>;
let nonces: NonceStore;
beforeEach(async () => {
  folder = temporaryFolder('signing-');
  nonces = await openNonceStore(join(folder.path, 'nonces.json'), DAY_MS, now);
});
afterEach(async () => {
  await nonces.close();
  folder[Symbol.dispose]();
});
const judge = (given: SignedFacts, at = now) => judgeSignature(rules, given, at, nonces);

test('the published vector: claim, hash and signature', () => {
  const refs = [`web-1~${'a'.repeat(32)}`, `web-2~${'b'.repeat(32)}`];
  const vector = attest(intent, { runner_refs: refs });
  expect(leaf.publicKey).toBe('2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12');
  expect(sha256Hex(claimBytes(vector))).toBe(
    '8dae90fa55c2d2482c5139dfda2c13cece18c56cbe0723101aaa7263f53c598e',
  );
  expect(vector.sig).toBe(
    '957eb96822912ad644904ad0990cc66df718c83433bde53c80a70e04ff612dfe512d79717e596d071aae38aae917d36293765514cf358ac89cadd52c31ca780d',
  );
  expect(runnerRefSuffix('web-01.example')).toBe('54e05449d16a9bffec09a52390d7e577');
});

test('what was signed for this runner, by a key that its authority vouches for, passes once', async () => {
  expect(await judge(facts())).toBeNull();
  expect(await judge(facts())).toBe('replayed');
  expect(await judge(facts({ attestation: attest(intent, { nonce: 'aa'.repeat(16) }) }))).toBeNull();
});

const signed = (change: Partial<Attestation>) => ({ attestation: attest(intent, change) });
const certified = (...given: Parameters<typeof certificate>) => signed({ cert: certificate(...given) });
const ours = `web-1~${runnerRefSuffix(intent.externalId)}`;
const stranger = keyOfSeed(0x77);

test.each<[string, string, Partial<SignedFacts>]>([
  ['signature_required', 'nothing', { attestation: undefined }],
  ['signature_required', 'null', { attestation: null }],
  ['signature_required', 'text', { attestation: 'signed, honestly' }],
  ['signature_required', 'no certificate', signed({ cert: undefined as never })],
  ['intent_mismatch', 'options beside the signature', { hasOptions: true }],
  ['attestation_version', 'an older version', signed({ version: 'emisar-attestation-v4' })],
  ['attestation_tool', 'another tool', signed({ tool: 'read_logs' })],
  ['portal_mismatch', 'another control plane', signed({ portal_origin: 'https://evil.example' })],
  ['intent_mismatch', 'another action', { actionId: 'demo.reboot' }],
  ['intent_mismatch', 'another pack', { packRef: packRef.replace('1.0.0', '1.0.1') }],
  ['intent_mismatch', 'another reason', { reason: 'because' }],
  ['intent_mismatch', 'another operation', { operationId: 'op_other' }],
  ['intent_mismatch', 'no operation on either side', { operationId: '', ...signed({ operation_id: '' }) }],
  ['intent_mismatch', 'other arguments', { argsText: '{"n": 12345678901234567891}' }],
  ['intent_mismatch', 'the same arguments in other bytes', { argsText: '{"n":12345678901234567890}' }],
  ['invalid_args', 'arguments that are no object', { argsText: '[1]' }],
  ['invalid_args', 'an argument twice', { argsText: '{"n":1,"n":2}' }],
  ['target_mismatch', 'another runner', signed({ runner_refs: [`web-1~${'a'.repeat(32)}`] })],
  ['target_mismatch', 'no runner', signed({ runner_refs: [] })],
  [
    'target_mismatch',
    'refs out of order',
    signed({ runner_refs: ['z', 'a'].map((name) => ours.replace('web-1', name)) }),
  ],
  [
    'target_mismatch',
    'this runner twice',
    signed({ runner_refs: ['a', 'b'].map((name) => ours.replace('web-1', name)) }),
  ],
  ['target_mismatch', 'the same ref twice', signed({ runner_refs: [ours, ours] })],
  [
    'target_mismatch',
    '17 refs',
    signed({ runner_refs: [...Array.from({ length: 16 }, (_n, i) => `a${i + 10}~${'c'.repeat(32)}`), ours] }),
  ],
  ['target_mismatch', 'a name that is none', signed({ runner_refs: [ours.replace('web-1', '-web')] })],
  ['bad_nonce', 'a short nonce', signed({ nonce: '0f0f' })],
  ['bad_nonce', 'upper-case digits', signed({ nonce: '0F'.repeat(16) })],
  ['cert_untrusted', 'an unknown authority', certified({ ca_id: 'ca-other' })],
  ['cert_untrusted', 'an authority’s name with another key', certified({}, stranger)],
  [
    'cert_untrusted',
    'a certificate changed after it was signed',
    certified({ valid_until: '2040-01-01T00:00:00Z', sig: certificate().sig }),
  ],
  ['cert_expired', 'a certificate of the past', certified({ valid_until: '2030-01-02T03:04:04Z' })],
  ['cert_expired', 'a certificate of the future', certified({ valid_from: '2030-01-02T03:04:06Z' })],
  ['cert_expired', 'a day that is none', certified({ valid_until: '2030-02-30T00:00:00Z' })],
  ['cert_scope', 'another group', certified({ scope: { group: 'db' } })],
  ['cert_scope', 'another label', certified({ scope: { labels: { env: 'dev' } } })],
  ['cert_scope', 'a label that this host has not', certified({ scope: { labels: { rack: '1' } } })],
  ['bad_issued_at', 'a time that is none', signed({ issued_at: 'yesterday' })],
  ['bad_issued_at', 'a time without a zone', signed({ issued_at: '2030-01-02T03:04:05' })],
  ['stale', 'a day and a second ago', signed({ issued_at: '2030-01-01T03:04:04Z' })],
  ['stale', 'a day and a second ahead', signed({ issued_at: '2030-01-03T03:04:06Z' })],
  ['bad_signature', 'another leaf', { attestation: attest(intent, {}, stranger) }],
  [
    'bad_signature',
    'a signature in upper case',
    signed({ sig: signatureOf(leaf, claimBytes(attest(intent))).toUpperCase() }),
  ],
  ['bad_signature', 'a digest that is none', signed({ evidence_sha256: 'none' })],
  [
    'bad_signature',
    'evidence changed after it was signed',
    signed({ evidence_sha256: sha256('other'), sig: attest(intent).sig }),
  ],
  ['bad_signature', 'a field of another type', signed({ serial: 1, evidence_sha256: 1 as never })],
])('%s: %s', async (code, _what, change) => {
  expect(await judge(facts(change))).toBe(code);
  // A refusal uses nothing up: what is right passes afterwards.
  expect(await judge(facts())).toBeNull();
});

test.each([
  ['the last instant of the certificate', certified({ valid_until: '2030-01-02T03:04:05Z' })],
  ['exactly a day ago', signed({ issued_at: '2030-01-01T03:04:05Z' })],
  ['in another zone', signed({ issued_at: '2030-01-02T05:04:05.25+02:00' })],
  ['a scope that is this host', certified({ scope: { group: 'web', labels: { env: 'prod' } } })],
  ['fields that nobody knows', signed({ note: 'x' })],
  ['among other runners', signed({ runner_refs: [`a~${'c'.repeat(32)}`, ours] })],
])('passes: %s', async (_what, change) => {
  expect(await judge(facts(change))).toBeNull();
});

test('when the record of used attestations cannot be written nothing passes, from then on', async () => {
  const broken: NonceStore = {
    use: () => Promise.reject(new Error('disk full')),
    close: () => Promise.resolve(),
  };
  expect(await judgeSignature(rules, facts(), now, broken)).toBe('nonce_store_unavailable');
});

test.each([
  ['https://CP.example.test:443/base/', 'https://cp.example.test'],
  ['wss://cp.example.test/x', 'https://cp.example.test'],
  ['ws://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['http://cp.example.test:80', 'http://cp.example.test'],
])('the origin of %s is %s', (url, origin) => {
  expect(originOf(url)).toBe(origin);
});
