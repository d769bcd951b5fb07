// A control plane and runners as real processes on loopback, for tests of everything together.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mintEnrollmentKeys } from '../../src/protocol/api/enrollment-keys.ts';
import { listRunners, type Runner } from '../../src/protocol/api/runners.ts';
import { dispatch, getRun, getRunOutput, type RunDetail } from '../../src/protocol/api/runs.ts';
import { isTerminal } from '../../src/protocol/run.ts';
import { createApi, type Api } from '../../src/console/client/api.ts';
import { writePack, type PackToBuild } from './pack-builder.ts';
import { repository, runBin, startBin, startProgram, type Program } from './program.ts';
import { until } from './until.ts';

export interface SystemFleet extends AsyncDisposable {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly api: Api;
  cloud(): Program;
  /** Only with `turned`: moves the control plane's clock on. */
  advance(ms: number): Promise<void>;
  /** Starts the control plane again on the same directory and port. */
  restartCloud(): Promise<void>;
  mintKey(wish?: object): Promise<string>;
  /** Starts a runner with a directory of its own; without a key it uses the token it has. */
  startRunner(name: string, wish?: { key?: string | null; pack?: PackToBuild }): Program;
  packFolder(name: string): string;
  /** The record of this host: a runner takes its name from the host that it runs on. */
  runner(): Promise<Runner | undefined>;
  whenRunner(holds: (runner: Runner) => boolean, withinMs?: number): Promise<Runner>;
  start(
    action: string,
    args?: Record<string, unknown>,
  ): Promise<{ runId: string | null; code: string | null }>;
  run(id: string): Promise<RunDetail>;
  whenFinished(id: string, withinMs?: number): Promise<RunDetail>;
  output(id: string): Promise<string>;
}

export async function startSystemFleet({ turned = false }: { turned?: boolean } = {}): Promise<SystemFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-system-'));
  const dataDir = join(folder, 'cloud');
  const made = await runBin('emisar-cloud', ['init', '--data-dir', dataDir, '--json']);
  if (made.code !== 0) throw new Error(made.stderr);
  const { token } = JSON.parse(made.stdout) as { token: string };
  const programs: Program[] = [];
  let now = Date.now();
  const launch = async (port: string) => {
    const program = turned
      ? startProgram(
          process.execPath,
          [join(repository, 'dist/test/turned-cloud.js'), dataDir, port, String(now)],
          { ipc: true },
        )
      : startBin('emisar-cloud', ['serve', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`]);
    programs.push(program);
    const [, listening = ''] = await program.says(/^listening on (\S+)$/m);
    return { program, listening };
  };
  const first = await launch('0');
  let cloud = first.program;
  const url = first.listening;
  const api = createApi({ url, token });

  const runner: SystemFleet['runner'] = async () =>
    (await api.call(listRunners, { query: { limit: 100 } })).items.find((each) => each.name === hostname());
  const run: SystemFleet['run'] = (id) => api.call(getRun, { params: { id } });
  const packFolder = (name: string) => join(folder, name, 'packs', 'demo');

  return {
    folder,
    url,
    token,
    api,
    cloud: () => cloud,
    advance: async (ms) => {
      const advanced = new Promise<number>((resolve) =>
        cloud.child.once('message', (message: { advanced: number }) => resolve(message.advanced)),
      );
      cloud.child.send?.({ advance: ms });
      now = await advanced;
    },
    restartCloud: async () => {
      ({ program: cloud } = await launch(new URL(url).port));
    },
    mintKey: async (wish = {}) => {
      const { items } = await api.call(mintEnrollmentKeys, { body: { count: 1, ...wish } });
      return items[0]?.secret ?? '';
    },
    startRunner: (name, { key = null, pack } = {}) => {
      const home = join(folder, name);
      mkdirSync(join(home, 'packs'), { recursive: true, mode: 0o700 });
      if (pack) writePack(packFolder(name), pack);
      writeFileSync(join(home, 'config.yaml'), configText(name, url), { mode: 0o600 });
      const env: Record<string, string> = key === null ? {} : { EMISAR_AUTH_KEY: key };
      const program = startBin('emisar', ['--config', join(home, 'config.yaml'), 'connect'], { env });
      programs.push(program);
      return program;
    },
    packFolder,
    runner,
    whenRunner: (holds, withinMs = 15_000) =>
      until(
        `the runner fulfils ${holds}`,
        async () => {
          const found = await runner();
          return found && holds(found) ? found : null;
        },
        withinMs,
      ),
    start: async (action, args = {}) => {
      const body = { action_id: action, runners: [hostname()], args, reason: 'system test' };
      const { results } = await api.call(dispatch, { body });
      return { runId: results[0]?.run?.id ?? null, code: results[0]?.refusal?.code ?? null };
    },
    run,
    whenFinished: (id, withinMs = 20_000) =>
      until(
        `run ${id} finishes`,
        async () => {
          const detail = await run(id);
          return isTerminal(detail.status) ? detail : null;
        },
        withinMs,
      ),
    output: async (id) => {
      const page = await api.call(getRunOutput, { params: { id }, query: { after_seq: 0, limit: 2000 } });
      return page.items.map((chunk) => chunk.chunk).join('');
    },
    [Symbol.asyncDispose]: async () => {
      await api.close();
      for (const program of programs.reverse()) await program[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configText(name: string, url: string): string {
  return JSON.stringify({
    schema_version: 1,
    runner: { id: name, group: 'test' },
    cloud: { url, auth_key_env: 'EMISAR_AUTH_KEY' },
    paths: { data_dir: 'data', packs: ['packs'] },
    events: { jsonl_path: 'data/events.jsonl' },
  });
}
