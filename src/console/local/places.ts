// Where a fleet of one keeps its state, and where the programs that it starts lie.
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Refusal } from '../../protocol/errors.ts';

export interface Places {
  readonly root: string;
  readonly cloudDir: string;
  readonly runnerDir: string;
  readonly runnerConfig: string;
  readonly runnerToken: string;
  /** Held while a fleet runs here. */
  readonly lock: string;
  /** Where the running fleet listens, for a second start. */
  readonly endpoint: string;
  /** The operator token of this fleet, 0600. */
  readonly operatorToken: string;
  readonly cloudLog: string;
  readonly runnerLog: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_STATE_HOME/emisar/local`, or what `--data-dir` says. Made private (0700); refuses `data_dir_unusable`. */
export function openPlaces(dataDir: string | null, env: Environment): Places {
  const state = env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local/state');
  const root = dataDir === null ? join(state, 'emisar/local') : resolve(dataDir);
  try {
    for (const folder of [root, join(root, 'log'), join(root, 'runner')]) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new Refusal('data_dir_unusable', `Cannot use the data directory ${root}: ${because}`);
  }
  return {
    root,
    cloudDir: join(root, 'cloud'),
    runnerDir: join(root, 'runner'),
    runnerConfig: join(root, 'runner/config.yaml'),
    runnerToken: join(root, 'runner/token.json'),
    lock: join(root, 'lock'),
    endpoint: join(root, 'endpoint.json'),
    operatorToken: join(root, 'operator-token'),
    cloudLog: join(root, 'log/cloud.log'),
    runnerLog: join(root, 'log/runner.log'),
  };
}

/** The folder that holds bin/ and packs/, whether this code runs from a bundle or from its source. */
export function programRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'bin/emisar-cloud.js')) && dirname(folder) !== folder)
    folder = dirname(folder);
  return folder;
}
