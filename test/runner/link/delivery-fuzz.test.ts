// A control plane and a connection that misbehave by seed: cuts, repeated dispatches, late and lost
// acknowledgements. Whatever happens, each run is executed once and its story arrives whole.
import { expect, test } from 'vitest';
import { startLink, type LinkedRunner } from '../linked-runner.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

const RUNS = 6;
const STEPS = 60;

/** A small seeded generator (mulberry32): answers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a control plane would have stored: output by number, and the first result. */
function store(visits: readonly Visit[]) {
  const output = new Map<string, Map<number, string>>();
  const results = new Map<string, Record<string, unknown>>();
  for (const frame of visits.flatMap((visit) => visit.frames)) {
    const id = String(frame['request_id']);
    if (frame['type'] === 'action_result' && !results.has(id)) results.set(id, frame);
    if (frame['type'] !== 'action_progress') continue;
    const chunks = output.get(id) ?? new Map<number, string>();
    const seq = Number(frame['seq']);
    const before = chunks.get(seq);
    if (before !== undefined) expect(frame['chunk']).toBe(before);
    output.set(id, chunks.set(seq, String(frame['chunk'])));
  }
  return { output, results };
}

async function live(server: WireServer): Promise<Visit> {
  return until(() => {
    const last = server.visits.at(-1);
    return last && !last.isClosed && last.of('runner_state').length > 0 ? last : null;
  }, 'a live connection');
}

async function misbehave(
  server: WireServer,
  runner: LinkedRunner,
  random: () => number,
  printed: Map<string, string>,
) {
  const pick = (count: number) => Math.floor(random() * count);
  for (let step = 0; step < STEPS; step += 1) {
    const visit = server.visits.at(-1);
    const id = `req_${pick(RUNS)}`;
    const run = runner.engine.runs.find((candidate) => candidate.facts.requestId === id);
    const luck = random();
    if (!visit || visit.isClosed) await live(server);
    else if (luck < 0.35) visit.run(id);
    else if (luck < 0.7 && run && !printed.get(id)?.endsWith('.')) {
      if (!printed.has(id)) run.start();
      const isLast = random() < 0.2;
      const text = `${id} ${step}\n${isLast ? '.' : ''}`;
      printed.set(id, (printed.get(id) ?? '') + text);
      run.print(text);
      if (isLast) run.end();
    } else if (luck < 0.85 && visit.of('action_result').length > 0) {
      visit.acknowledge(String(visit.of('action_result')[0]?.['request_id']));
    } else if (luck < 0.93) visit.cut();
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

async function settle(server: WireServer, runner: LinkedRunner, printed: Map<string, string>) {
  const visit = await live(server);
  for (let n = 0; n < RUNS; n += 1) visit.run(`req_${n}`);
  await until(() => runner.engine.runs.length === RUNS, 'every run to have begun');
  for (const run of runner.engine.runs) {
    if (printed.get(run.facts.requestId)?.endsWith('.')) continue;
    printed.set(run.facts.requestId, `${printed.get(run.facts.requestId) ?? ''}.`);
    run.print('.');
    run.end();
  }
  await until(() => store(server.visits).results.size === RUNS, 'every result');
}

test.each(Array.from({ length: 25 }, (_, n) => n + 1))(
  'RN2, RN5: seed %i ends with each run once and whole',
  async (seed) => {
    const server = await WireServer.start();
    const runner = await startLink({ url: server.url });
    const printed = new Map<string, string>();
    try {
      await live(server);
      await misbehave(server, runner, seeded(seed), printed);
      await settle(server, runner, printed);
      const { output, results } = store(server.visits);
      expect(new Set(runner.engine.runs.map((run) => run.facts.requestId)).size).toBe(
        runner.engine.runs.length,
      );
      for (const [id, text] of printed) {
        const chunks = [...(output.get(id) ?? [])].sort(([a], [b]) => a - b);
        expect(chunks.map(([, chunk]) => chunk).join('')).toBe(text);
        expect(results.get(id)).toMatchObject({ status: 'success', progress_chunks: chunks.length });
        expect(results.get(id)?.['dropped_progress_chunks']).toBeUndefined();
      }
    } finally {
      await runner.stop();
      await server.stop();
    }
  },
);
