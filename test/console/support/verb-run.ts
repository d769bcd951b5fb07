// Runs one verb as a shell would: its own streams, environment and temp folder for profiles.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { systemClock } from '../../../src/console/store/clock.ts';
import { runVerb } from '../../../src/console/verbs/command-line.ts';
import { TOKEN } from './control-plane.ts';

export interface VerbWorld {
  readonly env: Record<string, string>;
  readonly stdin?: string;
  /** Streams say that they are terminals. */
  readonly terminal?: boolean;
  /** What a person types at prompts, on a terminal. */
  readonly typed?: string;
  readonly signal?: AbortSignal;
}

export interface VerbEnd {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** An environment that points at `url` with a good token and keeps profiles in a fresh folder. */
export function environment(url?: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-verb-'));
  return {
    EMISAR_CONFIG_DIR: folder,
    ...(url === undefined ? {} : { EMISAR_CONSOLE_URL: url, EMISAR_TOKEN: TOKEN }),
  };
}

export function collected(terminal: boolean): Writable & { text: string; isTTY?: boolean; columns: number } {
  const stream = Object.assign(
    new Writable({
      write(part: Buffer, _encoding, done) {
        stream.text += part.toString('utf8');
        done();
      },
    }),
    { text: '', columns: 100, ...(terminal ? { isTTY: true } : {}) },
  );
  return stream;
}

export async function verb(argv: readonly string[], world: VerbWorld): Promise<VerbEnd> {
  const terminal = world.terminal === true;
  const stdin = Object.assign(new PassThrough(), terminal ? { isTTY: true } : {});
  if (world.typed !== undefined) stdin.write(world.typed);
  else stdin.end(world.stdin ?? '');
  const stdout = collected(terminal);
  const stderr = collected(terminal);
  const code = await runVerb(argv, {
    stdin,
    stdout,
    stderr,
    env: world.env,
    clock: systemClock,
    signal: world.signal,
  });
  return { code, out: stdout.text, err: stderr.text };
}
