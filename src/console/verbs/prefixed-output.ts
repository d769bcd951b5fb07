// Output of several runs on one terminal or pipe: whole lines, each led by its host.
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { neutralise } from '../../protocol/neutralise.ts';
import type { OutputStream, OutputStreams } from './output-writer.ts';

export interface PrefixedStreams extends OutputStreams {
  /** Prints lines that no newline ended. */
  end(): Promise<void>;
}

/** Streams that end in the given ones, a line at a time. */
export function prefixedStreams({ stdout, stderr }: OutputStreams, name: string): PrefixedStreams {
  const out = prefixed(stdout, name);
  const err = prefixed(stderr, name);
  return {
    stdout: out,
    stderr: err,
    neutralise: true,
    async end() {
      out.end();
      err.end();
      await Promise.all([finished(out), finished(err)]);
    },
  };
}

function prefixed(target: OutputStream, name: string): Writable {
  const lead = `[${neutralise(name)}] `;
  let begun = '';
  return new Writable({
    decodeStrings: false,
    write(text: string | Buffer, _encoding, done) {
      const lines = (begun + String(text)).split('\n');
      begun = lines.pop() ?? '';
      const whole = lines.map((line) => `${lead}${line}\n`).join('');
      if (whole === '' || target.write(whole)) return done();
      whenDrained(target, done);
    },
    final(done) {
      if (begun !== '') target.write(`${lead}${begun}\n`);
      done();
    },
  });
}

// Many runs may wait for one stream: they share its one listener.
const draining = new WeakMap<OutputStream, (() => void)[]>();

function whenDrained(target: OutputStream, ring: () => void): void {
  const waiting = draining.get(target);
  if (waiting !== undefined) {
    waiting.push(ring);
    return;
  }
  const rings = [ring];
  draining.set(target, rings);
  const done = () => {
    draining.delete(target);
    for (const name of ['drain', 'error', 'close']) target.removeListener(name, done);
    for (const wake of rings) wake();
  };
  for (const name of ['drain', 'error', 'close']) target.once(name, done);
}
