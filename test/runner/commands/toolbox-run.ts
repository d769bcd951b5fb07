// One command line of `emisar` in this process, on a configuration in a folder of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/runner/clock.ts';
import { run } from '../../../src/runner/program.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Writes `config.yaml` in `folder`; the journal is `events.jsonl` there if nothing else is said, the packs below `packs`. */
export function writeConfig(folder: string, more = '', journal = 'events.jsonl'): void {
  writeFileSync(
    join(folder, 'config.yaml'),
    'schema_version: 1\nrunner: {id: web-01, group: web}\npaths: {data_dir: data, packs: [packs]}\n' +
      `events: {jsonl_path: ${journal}, max_size_bytes: 2000, max_backups: 9}\n${more}`,
    { mode: 0o600 },
  );
}

export async function emisar(
  folder: string,
  argv: readonly string[],
  options: { isTerminal?: boolean; url?: string } = {},
): Promise<Said> {
  let out = '';
  let err = '';
  const code = await run(['--config', join(folder, 'config.yaml'), ...argv], {
    env: {
      HOME: folder,
      PATH: process.env['PATH'],
      ...(options.url === undefined ? {} : { EMISAR_URL: options.url }),
    },
    version: '9.8.7',
    programDir: folder,
    clock: systemClock,
    out: (text) => (out += text),
    err: (text) => (err += text),
    isTerminal: options.isTerminal ?? false,
    exitCode: 0,
  });
  return { code, out, err };
}
