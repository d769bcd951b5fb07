// From the dispatch call to the first line of output at the client, beside the same command started directly.
import { spawn } from 'node:child_process';
import { hostname } from 'node:os';
import WebSocket from 'ws';
import { dispatch } from '../../src/protocol/api/runs.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import type { StreamReply } from '../../src/protocol/events.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { median, percentile, type Benchmark } from './measure.ts';

const RUNS = 100;
const WARM_UP = 10;

export const dispatchBenchmark: Benchmark = {
  name: 'dispatch',
  about: 'dispatch to first output line on loopback, beyond the time of the action itself',
  run: async () => {
    await using fleet = await startSystemFleet();
    fleet.startRunner('host', {
      key: await fleet.mintKey(),
      pack: { actions: [{ name: 'line', command: ['echo', 'line'] }] },
    });
    await fleet.whenRunner((each) => each.packs_pending === 1);
    await trustAll(fleet);
    const viewer = await openViewer(fleet);
    const through: number[] = [];
    const direct: number[] = [];
    for (let run = 0; run < RUNS + WARM_UP; run += 1) {
      const took = await firstLineThrough(fleet, viewer);
      const bare = await firstLineDirect();
      if (run < WARM_UP) continue;
      through.push(took);
      direct.push(bare);
    }
    viewer.close();
    const beyond = through.map((took, index) => took - (direct[index] ?? 0));
    const reference = { what: 'the same command spawned directly', value: percentile(direct, 0.95) };
    return [
      {
        measure: 'dispatch.first_line_p50',
        value: median(beyond),
        unit: 'ms',
        reference,
        goal: 'reported',
        met: true,
      },
      {
        measure: 'dispatch.first_line_p95',
        value: percentile(beyond, 0.95),
        unit: 'ms',
        reference,
        goal: 'under 30 ms beyond the action',
        met: percentile(beyond, 0.95) < 30,
      },
    ];
  },
};

async function trustAll(fleet: SystemFleet): Promise<void> {
  const { items } = await fleet.api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash } of items) {
    if (pending_hash !== null) {
      await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: pending_hash } });
    }
  }
}

async function openViewer(fleet: SystemFleet): Promise<WebSocket> {
  const viewer = new WebSocket(`${fleet.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${fleet.token}` },
    perMessageDeflate: false,
  });
  await new Promise((resolve, reject) => viewer.once('open', resolve).once('error', reject));
  return viewer;
}

let subscription = 0;

async function firstLineThrough(fleet: SystemFleet, viewer: WebSocket): Promise<number> {
  const started = performance.now();
  const body = { action_id: 'demo.line', runners: [hostname()], args: {}, reason: 'benchmark' };
  const { results } = await fleet.api.call(dispatch, { body });
  const id = (subscription += 1);
  const runId = results[0]?.run?.id ?? '';
  const seen = new Promise<number>((resolve) => {
    const look = (frame: WebSocket.RawData) => {
      const reply = JSON.parse(String(frame)) as StreamReply;
      if (!('id' in reply) || reply.id !== id || !hasOutput(reply)) return;
      viewer.off('message', look);
      resolve(performance.now() - started);
    };
    viewer.on('message', look);
  });
  viewer.send(JSON.stringify({ type: 'subscribe', id, topic: `run:${runId}` }));
  const took = await seen;
  viewer.send(JSON.stringify({ type: 'unsubscribe', id }));
  await fleet.whenFinished(runId);
  return took;
}

function hasOutput(reply: StreamReply): boolean {
  if (reply.type === 'snapshot') return reply.snapshot.topic === 'run' && reply.snapshot.chunks.length > 0;
  return reply.type === 'event' && reply.event.type === 'run.output';
}

function firstLineDirect(): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const words = ['--no-new-privs', '--pdeathsig', 'KILL', '--', 'echo', 'line'];
    const child = spawn('setpriv', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.on('error', reject);
    child.stdout.once('data', () => resolve(performance.now() - started));
  });
}
