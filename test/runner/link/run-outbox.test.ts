// What one run has to tell: merging, numbers, bounds, and telling it again.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ActionResultFrame } from '../../../src/protocol/frames.ts';
import {
  MERGED_BYTES,
  OUTBOX_BYTES,
  OUTBOX_MESSAGES,
  RunOutbox,
} from '../../../src/runner/link/run-outbox.ts';
import { FINISHED_BYTES, Spool } from '../../../src/runner/link/spool.ts';

type Told = { type: string; seq?: number; stream?: string; chunk?: string };
function drain(outbox: RunOutbox): Told[] {
  const frames: Told[] = [];
  for (let frame = outbox.take(); frame; frame = outbox.take()) frames.push(frame as Told);
  return frames;
}
const result = { type: 'action_result', request_id: 'a' } as ActionResultFrame;

test('output that waits is merged, as long as its stream stays the same', () => {
  const outbox = new RunOutbox('a');
  outbox.output('stdout', 'one\n');
  outbox.output('stdout', 'two\n');
  outbox.output('stderr', 'three\n');
  outbox.output('stdout', 'four\n');
  expect(drain(outbox)).toMatchObject([
    { seq: 1, stream: 'stdout', chunk: 'one\ntwo\n' },
    { seq: 2, stream: 'stderr', chunk: 'three\n' },
    { seq: 3, stream: 'stdout', chunk: 'four\n' },
  ]);
});

test('RN5: what was told once is never added to, not even after a new connection', () => {
  const outbox = new RunOutbox('a');
  outbox.output('stdout', 'one');
  const first = drain(outbox);
  outbox.rewind();
  outbox.output('stdout', 'two');
  expect(drain(outbox)).toEqual([...first, expect.objectContaining({ seq: 2, chunk: 'two' })]);
});

test('a message grows to 65,536 bytes and not beyond', () => {
  const outbox = new RunOutbox('a');
  outbox.output('stdout', 'x'.repeat(MERGED_BYTES - 1));
  outbox.output('stdout', 'y');
  outbox.output('stdout', 'z');
  expect(drain(outbox).map((frame) => frame.chunk?.length)).toEqual([MERGED_BYTES, 1]);
});

test('C25: long text is cut between characters', () => {
  const text = 'ä€😀'.repeat(20_000);
  const outbox = new RunOutbox('a');
  outbox.output('stdout', text);
  const chunks = drain(outbox).map((frame) => frame.chunk ?? '');
  expect(chunks.join('')).toBe(text);
  expect(chunks.every((chunk) => Buffer.byteLength(chunk) <= MERGED_BYTES && !chunk.includes('\ufffd'))).toBe(
    true,
  );
});

describe('C22: offline, an outbox is bounded', () => {
  test('by messages: the oldest untold ones go and are counted', () => {
    const outbox = new RunOutbox('a');
    for (let n = 0; n < OUTBOX_MESSAGES + 3; n += 1) outbox.output(n % 2 ? 'stderr' : 'stdout', `${n}`);
    const frames = drain(outbox);
    expect(frames).toHaveLength(OUTBOX_MESSAGES);
    expect(frames[0]).toMatchObject({ seq: 4, chunk: '3' });
    expect([outbox.progressChunks, outbox.droppedChunks]).toEqual([OUTBOX_MESSAGES + 3, 3]);
  });

  test('by bytes', () => {
    const outbox = new RunOutbox('a');
    const pieces = OUTBOX_BYTES / MERGED_BYTES + 2;
    for (let n = 0; n < pieces; n += 1) outbox.output('stdout', 'x'.repeat(MERGED_BYTES));
    expect(outbox.droppedChunks).toBe(2);
  });

  test('and so is what finished runs keep for a control plane that never acknowledges', () => {
    const spool = new Spool();
    const outboxes = Array.from({ length: 6 }, (_, n) => {
      const outbox = spool.open(`req_${n}`);
      outbox.output('stdout', 'x'.repeat(OUTBOX_BYTES));
      spool.tellResult({ ...result, request_id: `req_${n}` });
      return outbox;
    });
    expect(outboxes.map((outbox) => outbox.sizeBytes > 0)).toEqual([false, false, true, true, true, true]);
    expect(outboxes.every((outbox) => outbox.hasResult)).toBe(true);
    expect(outboxes.reduce((sum, outbox) => sum + outbox.sizeBytes, 0)).toBe(FINISHED_BYTES);
  });

  test('what was told before is let go without being counted as lost', () => {
    const outbox = new RunOutbox('a');
    for (let n = 0; n < OUTBOX_MESSAGES + 3; n += 1) {
      outbox.output(n % 2 ? 'stderr' : 'stdout', `${n}`);
      expect(drain(outbox)).toHaveLength(1);
    }
    expect(outbox.droppedChunks).toBe(0);
  });
});

test('C23: the result comes after all output, and once for each connection', () => {
  const outbox = new RunOutbox('a');
  outbox.started();
  outbox.finish(result);
  outbox.output('stdout', 'late');
  expect(drain(outbox).map((frame) => frame.type)).toEqual([
    'action_started',
    'action_progress',
    'action_result',
  ]);
  expect(drain(outbox)).toEqual([]);
  outbox.rewind();
  expect(drain(outbox).map((frame) => frame.type)).toEqual([
    'action_started',
    'action_progress',
    'action_result',
  ]);
});

test('RN5: whatever is printed, taken and cut off, equal numbers stand for equal text and nothing is lost', () => {
  const step = fc.oneof(
    fc.record({
      print: fc.string({ maxLength: 20 }),
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    }),
    fc.record({ take: fc.nat(3) }),
    fc.constant({ cut: true }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const outbox = new RunOutbox('a');
      const seen = new Map<number, string>();
      let printed = '';
      const look = (frame: Told | null) => {
        if (frame?.seq === undefined) return;
        const before = seen.get(frame.seq);
        if (before !== undefined) expect(frame.chunk).toBe(before);
        seen.set(frame.seq, frame.chunk ?? '');
      };
      for (const move of steps) {
        if ('print' in move) {
          outbox.output(move.stream, move.print);
          printed += move.print;
        } else if ('cut' in move) outbox.rewind();
        else for (let n = 0; n < move.take; n += 1) look(outbox.take() as Told | null);
      }
      for (const frame of drain(outbox)) look(frame);
      const inOrder = [...seen.entries()].sort(([a], [b]) => a - b);
      expect(inOrder.map(([, chunk]) => chunk).join('')).toBe(printed);
      expect(seen.size).toBe(outbox.progressChunks);
    }),
  );
});
