// The chain of masking rules on whole texts: each built-in, their order, literals, replacements, counts.
import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import type { ArgumentValue } from '../../src/packs/arguments.ts';
import { mayCrossLines } from '../../src/packs/open-match.ts';
import { compileRedaction, maskSensitive, redactText, sensitiveForms } from '../../src/packs/redaction.ts';
import { contextRules, tokenRules } from '../../src/packs/redaction-builtins.ts';
import { actionFile } from './pack-files.ts';

const builtins = compileRedaction();
const masked = (text: string): string => redactText(builtins, text).text;
const x = (count: number): string => 'aB3'.repeat(count).slice(0, count);

test.each([
  ['bearer-token', `Authorization: bearer ${x(8)}`, 'Authorization: Bearer [REDACTED]'],
  ['basic-auth', `BASIC ${x(6)}==`, 'Basic [REDACTED]'],
  ['jwt', `eyJ${x(5)}.${x(8)}.${x(8)}!`, '[REDACTED_JWT]!'],
  ['emisar-token', `emkey-auth-${x(30)}`, '[REDACTED_EMISAR_TOKEN]'],
  ['emisar-token', `A_emop-${x(43)}`, 'A_[REDACTED_EMISAR_TOKEN]'],
  ['emisar-token', `tskey-auth-${x(30)} rnrtok-${x(30)}`, '[REDACTED_EMISAR_TOKEN] [REDACTED_EMISAR_TOKEN]'],
  ['aws-access-key', `AKIA${'A1'.repeat(8)}`, '[REDACTED_AWS_KEY]'],
  ['github-token', `ghp_${x(20)} github_pat_${x(22)}`, '[REDACTED_GH_TOKEN] [REDACTED_GH_TOKEN]'],
  ['gitlab-token', `glpat-${x(20)}`, '[REDACTED_GITLAB_TOKEN]'],
  ['slack-token', `xoxb-${x(10)}`, '[REDACTED_SLACK_TOKEN]'],
  ['stripe-secret-key', `rk_live_${x(16)}`, '[REDACTED_STRIPE_KEY]'],
  ['openai-api-key', `sk-proj-${x(20)} sk-${x(32)}`, '[REDACTED_OPENAI_KEY] [REDACTED_OPENAI_KEY]'],
  ['anthropic-api-key', `sk-ant-api03-${x(20)}`, '[REDACTED_ANTHROPIC_KEY]'],
  ['google-api-key', `AIza${x(35)}`, '[REDACTED_GOOGLE_API_KEY]'],
  ['npm-token', `npm_${x(36)}`, '[REDACTED_NPM_TOKEN]'],
  ['sendgrid-api-key', `SG.${x(16)}.${x(16)}`, '[REDACTED_SENDGRID_KEY]'],
  [
    'private-key-block',
    '-----BEGIN PRIVATE KEY-----\nM\n-----END PRIVATE KEY-----\n',
    '[REDACTED_PRIVATE_KEY]\n',
  ],
  ['pgp-private-key-block', '-----BEGIN PGP PRIVATE KEY BLOCK-----\nM', '[REDACTED_PRIVATE_KEY]'],
  ['url-credentials', 'https://u:p@ss@host/x', 'https://[REDACTED]@host/x'],
  ['cookie-header', 'set-cookie: a=b; c\r\nx', 'set-cookie: [REDACTED]\r\nx'],
  ['json-secret-field', '{"db.password" : "a\\"b", "n": 1}', '{"db.password" : "[REDACTED]", "n": 1}'],
  ['json-secret-field', '{"clientSecret":"cut he', '{"clientSecret":"[REDACTED]"'],
  ['secret-assignment', 'DB_PASSWORD=hunter2 next', 'DB_PASSWORD=[REDACTED] next'],
  ['secret-assignment', "api-key: 'a b' c", 'api-key: [REDACTED] c'],
  [
    'secret-assignment',
    'spring.datasource.password.old => x',
    'spring.datasource.password.old => [REDACTED]',
  ],
  ['secret-assignment', '"token": 12345', '"token": [REDACTED]'],
  ['secret-assignment', 'SECRET_KEY_BASE="a b"', 'SECRET_KEY_BASE=[REDACTED]'],
])('8: %s turns %j into %j', (name, text, expected) => {
  const result = redactText(builtins, text);
  expect(result.text).toBe(expected);
  expect(result.counts.map((entry) => entry.name)).toContain(name);
});

test.each([
  `bearer ${x(7)}`,
  `eyJ${x(5)}.${x(8)}`,
  `emo-${x(29)}`,
  `AKIA${'A1'.repeat(7)}`,
  `ghp_${x(19)}`,
  `task-${x(40)}`,
  'https://host:80/users/@me',
  'cookies: many',
  'tokens 5, passwordless',
  'keyboard: us',
  '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
  'password:\nnext line',
])('8: %j stays as it is', (text) => {
  expect(masked(text)).toBe(text);
});

test.each([
  'password',
  'passwd',
  'passphrase',
  'pwd',
  'secret',
  'token',
  'api_key',
  'apikey',
  'access-key',
  'secret_key',
  'clientsecret',
  'private_key',
  'accessToken',
  'refresh_token',
  'id-token',
  'authtoken',
  'session_token',
  'account_key',
  'AWS_SECRET_ACCESS_KEY',
  'awsSessionToken',
  'dsn',
  'connection_string',
  'conn_str',
  'DATABASE_URL',
  'db_url',
  'redis_url',
  'amqp_url',
  'smtp_url',
  'credential',
  'credentials',
  'signing_key',
  'encryption_key',
  'secret_key_base',
  'cookie_key',
  'session_key',
  'salt',
  'pepper',
])('8: %s names a secret in any case, alone and as a part', (name) => {
  for (const spelled of [name, name.toUpperCase(), `app.${name}`, `APP_${name}`, `${name}_old`]) {
    expect(masked(`${spelled}=hunter2`)).toBe(`${spelled}=[REDACTED]`);
    expect(masked(`{"${spelled}": "hunter2"}`)).toBe(`{"${spelled}": "[REDACTED]"}`);
  }
});

describe('the two engines', () => {
  const words = fc.constantFrom(
    'password',
    '_',
    '-',
    '.',
    '=',
    ':',
    ' ',
    '"',
    "'",
    '\\',
    'K',
    'ſ',
    'sk-',
    'eyJ',
    'é😀',
    '://',
    '@',
    'Bearer ',
    'cookie:',
    'u',
    x(9),
    x(33),
    '\r',
    'emop-',
    'SECRET',
    '\t',
    'AKIAABCDEFGHIJKLMNOP',
    '\u2028',
  );
  const text = fc.array(words, { maxLength: 14 }).map((parts) => parts.join(''));
  test.each([...tokenRules, ...contextRules])(
    'find the same for $name, and the prefilter lets every match through',
    (rule) => {
      const linear = RE2JS.compile(rule.source);
      fc.assert(
        fc.property(text, (line) => {
          const inV8 = [...line.matchAll(new RegExp(rule.source, 'gu'))].map((match) =>
            [...match].map((group) => group ?? null),
          );
          const inRe2: (string | null)[][] = [];
          const matcher = linear.matcher(line);
          while (matcher.find())
            inRe2.push(Array.from({ length: matcher.groupCount() + 1 }, (_, at) => matcher.group(at)));
          expect(inV8).toEqual(inRe2);
          expect(inV8.length === 0 || rule.mayMatch(line)).toBe(true);
        }),
        { numRuns: 300 },
      );
      expect(mayCrossLines(linear)).toBe(false);
    },
  );
});

test.each([
  ['a\\sb', true],
  ['a[^x]b', true],
  ['(?s).', true],
  ['a\\nb', true],
  ['\\D', true],
  ['a.b', false],
  ['(?m)^a$', false],
  ['[^\\n]+', false],
  ['a[ \\t]+b', false],
  ['(?i)ab', false],
])('whether %s can match across lines: %s', (pattern, expected) => {
  expect(mayCrossLines(RE2JS.compile(pattern))).toBe(expected);
});

test('sensitive values go first, the longest at each place, and shield what comes after', () => {
  const redaction = compileRedaction({
    sensitive: ['ab', 'abc', ''],
    actionRules: [{ name: 'r', type: 'literal', literal: '[REDACTED]', replacement: '<r>' }],
  });
  expect(redactText(redaction, 'abcab')).toEqual({
    text: '<r><r>',
    counts: [
      { name: 'sensitive-args', type: 'literal', count: 2 },
      { name: 'r', type: 'literal', count: 2 },
    ],
  });
});

const literalRule = (name: string, literal: string) => ({
  name,
  type: 'literal' as const,
  literal,
  replacement: '*',
});

test('a later rule of the same name is dropped, and one named like a built-in as well', () => {
  const redaction = compileRedaction({
    actionRules: [literalRule('r', 'a'), literalRule('r', 'b')],
    globalRules: [literalRule('jwt', 'c'), literalRule('g', 'd')],
  });
  expect(redactText(redaction, 'abcd').text).toBe('*bc*');
});

test.each([
  ['(a)(b)?', '$1-${2}', 'a-'],
  ['(?P<n>a)', '<${n}$$>', '<a$>'],
  ['(a)', '$1x', ''],
  ['(a)', '${1}x$9', 'ax'],
])('the pattern %s with the replacement %s', (pattern, replacement, expected) => {
  const redaction = compileRedaction({ actionRules: [{ name: 'r', type: 'regex', pattern, replacement }] });
  expect(redactText(redaction, 'a').text).toBe(expected);
});

test('every form of a sensitive value is masked, also in what a journal keeps', () => {
  const { args } = decodeAction(
    Buffer.from(
      actionFile({ args: '  - {name: l, type: string_array, sensitive: true}\n  - {name: p, type: string}' }),
    ),
    'f',
  );
  const values = new Map<string, ArgumentValue>([
    ['l', ['one', 'two']],
    ['p', 'see two'],
  ]);
  const forms = sensitiveForms(args, values);
  expect(forms).toEqual(['one', 'two', '[one two]']);
  const redaction = compileRedaction({ sensitive: forms });
  expect(redactText(redaction, 'run [one two] two').text).toBe('run [REDACTED] [REDACTED]');
  expect([...maskSensitive(args, values, redaction)]).toEqual([
    ['l', '[REDACTED]'],
    ['p', 'see [REDACTED]'],
  ]);
});

test('hostile output is masked in time that grows with its length', () => {
  const hostile = [
    'eyJ-'.repeat(50_000),
    'token_'.repeat(30_000),
    `${'a.'.repeat(60_000)}://`,
    '-----BEGIN '.repeat(20_000),
  ];
  const started = performance.now();
  for (const text of hostile) masked(text);
  expect(performance.now() - started).toBeLessThan(15_000);
});
