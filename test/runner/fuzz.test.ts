// Whatever bytes arrive or lie on the disk: the runner's readers answer, and throw nothing but their own errors.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Refusal } from '../../src/protocol/errors.ts';
import { readRunnerFrame } from '../../src/cloud/gateway/frame-intake.ts';
import { openNonceStore, type NonceStore } from '../../src/runner/gates/nonce-store.ts';
import { judgeSignature, signatureRefusals } from '../../src/runner/gates/signature.ts';
import { readHeads } from '../../src/runner/journal/heads.ts';
import { verifyFile } from '../../src/runner/journal/verify.ts';
import { DispatchLog } from '../../src/runner/link/dispatch-log.ts';
import { readCloudFrame } from '../../src/runner/link/frame-reader.ts';
import { readTokenFile, TokenFileRefused } from '../../src/runner/link/token-file.ts';
import { cloudFrames, runnerFrames } from '../protocol/golden-frames.ts';
import { temporaryFolder } from '../support/pack-builder.ts';
import { attest, authority } from '../support/signing.ts';

/** A text with a piece cut out, put in, or changed. */
function damaged(texts: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat({ max: 12 }),
      fc.oneof(fc.string(), fc.constantFrom('{', '}', '"', 'null', '1e999', '\\ud800', '[[[[')),
    )
    .map(([text, where, cut, put]) => {
      const at = where % (text.length + 1);
      return text.slice(0, at) + put + text.slice(at + cut);
    });
}

test('WP1: no frame from the control plane makes the reader throw', () => {
  const kinds = ['frame', 'ignored', 'bad', 'foreign'];
  const texts = fc.oneof(fc.string(), fc.json(), damaged(Object.values(cloudFrames)));
  fc.assert(
    fc.property(texts, (text) => kinds.includes(readCloudFrame(text).kind)),
    { numRuns: 2_000 },
  );
});

test('WP1: no frame from a runner makes the gateway’s reader throw', () => {
  const kinds = ['frame', 'ignored', 'malformed', 'violation'];
  const texts = fc.oneof(fc.string(), fc.json(), damaged(Object.values(runnerFrames)));
  fc.assert(
    fc.property(texts, (text) => kinds.includes(readRunnerFrame(text).kind)),
    { numRuns: 2_000 },
  );
});

const now = Date.parse('2030-01-02T03:04:05Z');
const intent = {
  origin: 'https://cp',
  externalId: 'h',
  actionId: 'a.b',
  packRef: 'p',
  argsText: '{}',
  reason: 'r',
  operationId: 'o',
};
const rules = {
  authorities: [{ caId: 'ca-main', publicKey: authority.publicKey }],
  maxAgeMs: 1_000,
  origin: 'https://cp',
  externalId: 'h',
  group: 'g',
  labels: {},
};

test('GA6: no attestation but the one that was signed passes, and none makes the gate throw', async () => {
  const nonces: NonceStore = { use: () => Promise.resolve(true), close: () => Promise.resolve() };
  const facts = {
    actionId: 'a.b',
    argsText: '{}',
    packRef: 'p',
    operationId: 'o',
    reason: 'r',
    hasOptions: false,
  };
  const signed = attest(intent);
  expect(await judgeSignature(rules, { ...facts, attestation: signed }, now, nonces)).toBeNull();
  // What nobody knows inside a scope is ignored, as it is not signed; the scope itself is signature.test.ts's.
  const inner = Object.keys(signed.cert).filter((key) => key !== 'scope');
  const keys = [...Object.keys(signed), ...inner.map((key) => `cert.${key}`)];
  const changed = fc
    .tuple(fc.constantFrom(...keys), fc.anything({ withNullPrototype: true }))
    .map(([key, value]) => {
      const [outer = '', within] = key.split('.');
      return within === undefined
        ? { ...signed, [outer]: value }
        : { ...signed, cert: { ...signed.cert, [within]: value } };
    });
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.anything(), changed), async (attestation) => {
      const verdict = await judgeSignature(rules, { ...facts, attestation }, now, nonces);
      if (JSON.stringify(attestation) !== JSON.stringify(signed))
        expect(Object.keys(signatureRefusals)).toContain(verdict);
    }),
    { numRuns: 1_000 },
  );
});

const record = `{"request_id":"req_1","dispatch_sha256":"${'a'.repeat(64)}","state":"reserved","result":{}}\n`;
const nonceFile = `{"version":1,"retention_ns":1000000000}\n{"nonce":"${'0f'.repeat(16)}","issued_at":"2030-01-02T03:04:05Z"}\n`;
const headsFile = `{"sequence":1,"head":"${'b'.repeat(64)}","bytes":10,"kept":1}\n`;

test('no file that lies where ours should be makes more than a sentence', async () => {
  using folder = temporaryFolder('fuzz-');
  let count = 0;
  const path = (text: string) => {
    const file = join(folder.path, `${(count += 1)}`);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  await fc.assert(
    fc.asyncProperty(damaged([record, nonceFile, headsFile, '{"token":"rnrtok-x"}']), async (text) => {
      const said = await Promise.allSettled([
        DispatchLog.open(path(text)).then((log) => log.close()),
        openNonceStore(path(text), 1_000, now).then((store) => store.close()),
        readTokenFile(path(text)),
      ]);
      for (const answer of said) {
        if (answer.status === 'rejected')
          expect(
            answer.reason instanceof Refusal || answer.reason instanceof TokenFileRefused,
            String(answer.reason),
          ).toBe(true);
      }
      writeFileSync(join(folder.path, 'j.heads'), text);
      await readHeads(join(folder.path, 'j')).catch((error: Error) =>
        expect(error.message).toMatch(/^line \d+ is not/),
      );
      expect(await verifyFile(path(text))).toHaveProperty('intact');
    }),
    { numRuns: 150 },
  );
}, 60_000);
