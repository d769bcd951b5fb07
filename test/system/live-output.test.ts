// Live means live: what a program prints is at the operator's stream client while the program still runs. No
// clock decides here: the program waits for the test, and the test for the line.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPrompt, promptedAction } from '../support/prompted-script.ts';
import { viewRun } from '../support/run-viewer.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { trustPending } from '../support/trust-pending.ts';

const echo = promptedAction('echo', 'echo "heard $word"');
// Half a secret first; the other stream says that it was written.
const halves = promptedAction(
  'halves',
  'printf "password=hun"; echo "half $word" >&2; read -r word; echo "ter2 end"',
);
const spanning = {
  ...promptedAction(
    'spanning',
    'case $word in key) echo "key:";; *) echo "$word"; echo "said $word" >&2;; esac',
  ),
  output: { redact: [{ name: 'two-lines', type: 'regex', pattern: 'key:\\s+\\w+', replacement: '<key>' }] },
};
const privateKey = promptedAction('private', 'echo "$word"');

let fleet: SystemFleet;
let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-live-'));
  fleet = await startSystemFleet();
  const pack = { actions: [echo, halves, spanning, privateKey] };
  fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  await fleet.whenRunner((each) => each.packs_pending === 1);
  await trustPending(fleet.api);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(action: string) {
  const prompt = createPrompt(folder, action);
  const { runId } = await fleet.start(`demo.${action}`, { prompt: prompt.path });
  if (runId === null) throw new Error('the dispatch was refused');
  return { prompt, runId, viewer: await viewRun(fleet, runId) };
}

test('each line is at the viewer while the program waits for leave to print the next', async () => {
  const { prompt, viewer, runId } = await start('echo');
  await using _viewer = viewer;
  await using _prompt = prompt;
  for (const word of ['one', 'two', 'three', 'four', 'five']) {
    await prompt.say(word);
    await viewer.sees(`heard ${word}\n`);
    expect((await fleet.run(runId)).status).toBe('running');
  }
  await prompt.end();
  expect(await fleet.whenFinished(runId)).toMatchObject({ status: 'success', output_complete: true });
});

test('RD1: a secret in two writes waits for its second half, and arrives masked', async () => {
  const { prompt, viewer, runId } = await start('halves');
  await using _viewer = viewer;
  await using _prompt = prompt;
  await prompt.say('first');
  await viewer.sees('half first\n', 'stderr');
  await prompt.say('second');
  await viewer.sees('password=[REDACTED] end\n');
  await prompt.end();
  await fleet.whenFinished(runId);
  expect(viewer.text()).toBe('password=[REDACTED] end\n');
});

test('a line is held back only while a rule that spans lines could still match', async () => {
  const { prompt, viewer, runId } = await start('spanning');
  await using _viewer = viewer;
  await using _prompt = prompt;
  await prompt.say('plain');
  await viewer.sees('plain\n');
  await prompt.say('key');
  await prompt.say('abc');
  await viewer.sees('<key>\n');
  await prompt.say('after');
  await viewer.sees('after\n');
  expect((await fleet.run(runId)).status).toBe('running');
  await prompt.end();
  await fleet.whenFinished(runId);
  expect(viewer.text()).toBe('plain\n<key>\nafter\n');
});

test('what follows a private key is live again, and nothing of the key ever was', async () => {
  const { prompt, viewer, runId } = await start('private');
  await using _viewer = viewer;
  await using _prompt = prompt;
  for (const word of ['before', '-----BEGIN PRIVATE KEY-----', 'MIIEv', '-----END PRIVATE KEY-----'])
    await prompt.say(word);
  await viewer.sees('before\n[REDACTED_PRIVATE_KEY]\n');
  await prompt.say('behind');
  await viewer.sees('behind\n');
  expect((await fleet.run(runId)).status).toBe('running');
  await prompt.end();
  await fleet.whenFinished(runId);
  expect(await fleet.output(runId)).toBe('before\n[REDACTED_PRIVATE_KEY]\nbehind\n');
});
