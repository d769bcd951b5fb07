// What a shell offers after a tab, asked of the shells themselves.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verbNames } from '../../../src/console/verbs/command-line.ts';
import { environment, verb } from '../support/verb-run.ts';

let folder = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-completion-'));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out } = await verb(['completion', shell], { env: environment() });
    writeFileSync(join(folder, shell), out);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isThere = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

function asked(shell: string, words: readonly string[]): string {
  const { stdout, stderr } = spawnSync(shell, [...words], { encoding: 'utf8', cwd: folder });
  expect(stderr).toBe('');
  return stdout;
}

/** Words that the shell offers for the last word of the line. */
const offers: Record<string, (line: string) => string[]> = {
  bash: (line) => {
    const script = `. ./bash; COMP_WORDS=(${line} ''); ${line.endsWith(' ') ? '' : 'unset "COMP_WORDS[-1]";'} COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _emisar_console; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return asked('bash', ['--norc', '-c', script]).trim().split('\n');
  },
  // zsh completes on a terminal only; here what its function hands on is printed.
  zsh: (line) => {
    const empty = line.endsWith(' ') ? " ''" : '';
    const script = `compdef() { : }; compadd() { shift; printf '%s\\n' "$@" }; _files() { : }; . ./zsh; words=(${line}${empty}); CURRENT=\${#words}; _emisar_console`;
    const typed = /\S*$/.exec(line)?.[0] ?? '';
    return asked('zsh', ['-f', '-c', script])
      .trim()
      .split('\n')
      .filter((word) => word.startsWith(typed));
  },
  fish: (line) =>
    asked('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`])
      .trim()
      .split('\n')
      .map((word) => word.split('\t')[0] ?? ''),
};

const cases: [line: string, words: readonly string[]][] = [
  ['emisar-console ru', ['runners', 'runs']],
  ['emisar-console runs ta', ['tail']],
  ['emisar-console runs list --sta', ['--status']],
  ['emisar-console runners list --output ', ['table', 'json', 'ndjson', 'csv']],
  ['emisar-console --json runners sh', ['show']],
  ['emisar-console members invite mara --role v', ['viewer']],
  ['emisar-console members role mara ope', ['operator']],
  ['emisar-console explain pack_mo', ['pack_moved']],
  ['emisar-console watch enr', ['enrollment_keys']],
  ['emisar-console completion f', ['fish']],
];
const shellCases = Object.keys(offers).flatMap((shell) => cases.map((each) => [shell, ...each] as const));

test.each(shellCases)('%s completes %j', (shell, line, words) => {
  // Where a shell is missing its script is at least made of the same table.
  if (!isThere(shell))
    return expect(spawnSync('cat', [join(folder, shell)]).stdout.length).toBeGreaterThan(1000);
  expect(offers[shell]?.(line).toSorted()).toEqual([...words].toSorted());
});

test('every verb is offered, and after a file name is wanted nothing stands in its way', () => {
  const first = offers['bash']?.('emisar-console ') ?? [];
  expect(first.toSorted()).toEqual([...verbNames].toSorted());
  expect(offers['bash']?.('emisar-console keys mint --hosts ')).toEqual(['']);
});

test('another shell is refused by name', async () => {
  const { code, err } = await verb(['completion', 'tcsh'], { env: environment() });
  expect(code).toBe(2);
  expect(err).toContain('choose bash, zsh, fish');
});
