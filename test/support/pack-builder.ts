// Packs for tests, written to real directories: say what matters, the rest is filled in.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface BuiltAction {
  /** Id without the pack's: `ping` becomes `demo.ping`. */
  readonly name: string;
  /** Text of a shell script; the action is then of the kind script. */
  readonly script?: string;
  readonly interpreter?: string;
  /** Program and arguments; the action is then of the kind exec. */
  readonly command?: readonly [string, ...string[]];
  /** Arguments of a script, as templates. */
  readonly argv?: readonly string[];
  readonly risk?: 'low' | 'medium' | 'high' | 'critical';
  readonly timeout?: string;
  readonly args?: readonly object[];
  /** Merged over `execution` and `output` of the file. */
  readonly execution?: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
}

export interface PackToBuild {
  readonly id?: string;
  readonly version?: string;
  readonly actions: readonly BuiltAction[];
}

/** Writes a pack into `directory` (created). JSON is YAML, so the files need no writer of their own. */
export function writePack(directory: string, pack: PackToBuild): void {
  const id = pack.id ?? 'demo';
  const manifest = {
    schema_version: 1,
    id,
    name: id,
    version: pack.version ?? '1.0.0',
    description: `Actions of ${id}.`,
    actions: pack.actions.map((action) => `actions/${action.name}.yaml`),
  };
  writeFileIn(directory, 'pack.yaml', JSON.stringify(manifest, null, 2));
  for (const action of pack.actions) {
    writeFileIn(directory, `actions/${action.name}.yaml`, JSON.stringify(actionFile(id, action), null, 2));
    if (action.script === undefined) continue;
    writeFileIn(directory, `scripts/${action.name}.sh`, action.script);
    chmodSync(join(directory, `scripts/${action.name}.sh`), 0o755);
  }
}

function actionFile(packId: string, action: BuiltAction): object {
  const [binary, ...argv] = action.command ?? ['true'];
  const what =
    action.script === undefined
      ? { command: { binary, argv } }
      : {
          script: { path: `scripts/${action.name}.sh`, interpreter: action.interpreter ?? '/bin/sh' },
          argv: action.argv ?? [],
        };
  return {
    schema_version: 1,
    id: `${packId}.${action.name}`,
    title: action.name,
    kind: action.script === undefined ? 'exec' : 'script',
    risk: action.risk ?? 'low',
    description: `Does ${action.name}.`,
    side_effects: ['none'],
    args: action.args ?? [],
    execution: { ...what, timeout: action.timeout ?? '20s', ...action.execution },
    output: { max_stdout_bytes: 1_048_576, max_stderr_bytes: 1_048_576, ...action.output },
  };
}

function writeFileIn(directory: string, path: string, text: string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** A temporary directory that is removed at the end of the block: `using folder = temporaryFolder()`. */
export function temporaryFolder(prefix = 'emisar-'): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
