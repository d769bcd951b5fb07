// Every refusal is whole, explained, and met by a test that brings it about; and so is each that the model names.
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explanationsOf } from '../../src/console/store/explanations.ts';
import { problemOf } from '../../src/cloud/http/problem.ts';
import { Problem } from '../../src/protocol/api/route.ts';
import {
  Refusal,
  isRefusalCode,
  refusalEntry,
  refusals,
  type RefusalCode,
} from '../../src/protocol/errors.ts';
import { isFaultId } from '../../src/protocol/faults.ts';
import { codesOfPartA, faultsOfC3, type Standing } from './named-codes.ts';

const codes = Object.keys(refusals) as RefusalCode[];

/** Codes of programs that say their sentence alone, by the test that reads it. */
const bySentence: Partial<Record<RefusalCode, readonly [file: string, words: string]>> = {
  port_in_use: ['test/cloud/commands/commands.test.ts', 'in use'],
  data_dir_unusable: ['test/cloud/commands/commands.test.ts', 'a directory that cannot be made is refused'],
  data_dir_locked: [
    'test/cloud/commands/commands.test.ts',
    'a directory that another process holds is refused',
  ],
  data_dir_missing: ['test/cloud/commands/commands.test.ts', 'serve refuses a directory that nobody set up'],
  database_unreachable: ['test/cloud/commands/commands.test.ts', 'a PostgreSQL that does not answer'],
  audit_broken: ['test/cloud/commands/commands.test.ts', 'a change made beside the program is told'],
  file_exists: ['test/cloud/commands/backup.test.ts', 'backup refuses a name that is taken'],
  backup_unwritable: ['test/cloud/commands/backup.test.ts', 'a place where nothing can be written'],
  backup_damaged: ['test/cloud/commands/backup.test.ts', 'restore refuses what is no whole backup'],
  not_signed_in: ['test/system/bad-input.test.ts', 'without a profile it says how to sign in'],
  profile_exposed: ['test/system/bad-input.test.ts', 'a profile file that others can read is refused'],
};
/** The console finds these out by itself. */
const ofTheConsole: readonly RefusalCode[] = ['unreachable', 'not_emisar', 'stale_data', 'insecure_url'];

const isOfTheConsole = (file: string) => file.startsWith('test/console/');
/** Each test by itself, its table of cases included. */
const cases = globSync('test/**/*.test.{ts,tsx}')
  .filter((file) => !file.startsWith('test/protocol/'))
  .flatMap((file) =>
    readFileSync(file, 'utf8')
      .split(/^(?=\s*test\b)/m)
      .map((text) => ({ file, text })),
  );

function isMet(code: RefusalCode): boolean {
  const told = bySentence[code];
  if (told) return readFileSync(told[0], 'utf8').includes(told[1]);
  const quoted = new RegExp(`'${code}'|\\b${code}/`);
  return cases.some(
    ({ file, text }) =>
      // A console is shown any code by the planes that its tests play.
      (ofTheConsole.includes(code) || !isOfTheConsole(file)) && text.includes('expect') && quoted.test(text),
  );
}

test('every refusal is brought about by a test that expects it', () => {
  expect(codes.filter((code) => !isMet(code))).toEqual([]);
  expect(codes.length).toBeGreaterThan(70);
});

test.each(codes)(
  '%s is whole: a status, a sentence, what to do; a problem and an explanation say the same',
  (code) => {
    const { status, sentence, fix } = refusalEntry(code);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(sentence).toMatch(/^(Cannot|The) .*[^.]$/);
    expect(fix).toMatch(/[^.]$/);
    const problem = Problem.parse(problemOf(new Refusal(code)));
    expect(problem).toMatchObject({
      status,
      code,
      detail: sentence,
      fix,
      type: `urn:emisar:refusal:${code}`,
    });
    expect(explanationsOf(code)).toContainEqual(expect.objectContaining({ id: code, means: sentence, fix }));
    const { fault } = refusalEntry(code);
    if (fault !== undefined) expect(isFaultId(fault)).toBe(true);
  },
);

function isKnown(code: string): boolean {
  return isRefusalCode(code) || isFaultId(code);
}

test.each<[string, Standing]>([...Object.entries(codesOfPartA), ...Object.entries(faultsOfC3)])(
  'the model names %s: it is ours and explained, or stands for what it waits for',
  (code, standing) => {
    if (standing === 'ours') {
      expect(isKnown(code)).toBe(true);
      expect(explanationsOf(code).every(({ fix }) => fix !== '')).toBe(true);
      return;
    }
    // What has been built since must leave its place among those that wait.
    expect(isKnown(code)).toBe(false);
    if ('as' in standing) expect(standing.as.filter((one) => !isKnown(one))).toEqual([]);
    if ('wire' in standing) expect(readFileSync(standing.wire, 'utf8')).toContain(`'${code}'`);
  },
);
