// Whatever comes in, nothing is thrown but the parsers' own errors, and what was masked does not come out.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import { validateArguments } from '../../src/packs/arguments.ts';
import {
  decodeExactJson,
  ExactJsonError,
  isExactObject,
  type ExactObject,
} from '../../src/packs/exact-json.ts';
import { diskPathResolver } from '../../src/packs/pack-directory.ts';
import { createRedactionStream } from '../../src/packs/redaction-stream.ts';
import { compileRedaction, redactText, sensitiveForms } from '../../src/packs/redaction.ts';
import { parseTemplate, renderArgv, renderEnvValue } from '../../src/packs/template.ts';
import { actionFile } from './pack-files.ts';

const { args: specs } = decodeAction(
  Buffer.from(
    actionFile({
      args: [
        '{name: s, type: string, validation: {pattern: "^[a-z]*$"}}',
        '{name: i, type: integer, validation: {min: 1, max: 9}}',
        '{name: n, type: number, validation: {enum: [1.5, 2]}}',
        '{name: b, type: boolean}',
        '{name: d, type: duration, validation: {max_duration: 1h}}',
        '{name: p, type: path, validation: {allowed_prefixes: [/tmp], denied_paths: [/tmp/x]}}',
        '{name: l, type: string_array, validation: {max_items: 3}}',
        '{name: m, type: integer_array}',
        '{name: secret, type: string, sensitive: true}',
      ]
        .map((line) => `  - ${line}`)
        .join('\n'),
    }),
  ),
  'f',
);

const awkward = fc.oneof(
  fc.constantFrom(
    '1e3',
    '1000.0',
    '-0',
    '1e999999',
    '9223372036854775808',
    '"1h"',
    '"/tmp/../etc"',
    '"\\u0000"',
  ),
  fc.constantFrom('"/tmp/x"', '[]', '[1,"2"]', '["a",null]', 'null', '{}', '"+1"', '"١"', '"\\ud83d"'),
  fc.json({ maxDepth: 2 }),
);
const someArguments = fc
  .dictionary(fc.constantFrom(...specs.map((spec) => spec.name), 'other', '__proto__'), awkward, {
    maxKeys: 4,
  })
  .map(
    (members) =>
      `{${Object.entries(members)
        .map(([name, text]) => `"${name}":${text}`)
        .join(',')}}`,
  );

function decodeObject(text: string): ExactObject | null {
  try {
    const value = decodeExactJson(text);
    return isExactObject(value) ? value : null;
  } catch (error) {
    if (error instanceof ExactJsonError) return null;
    throw error;
  }
}

test('4: arguments of any kind end in values or in a refusal that names the argument', () => {
  const paths = { resolver: diskPathResolver, protectedRoots: ['/etc'], cwd: '/' };
  fc.assert(
    fc.property(someArguments, (text) => {
      const given = decodeObject(text);
      if (!given) return;
      const answer = validateArguments(specs, given, paths);
      if (!answer.ok) expect(answer.message).toMatch(/^argument [ -~]+: /);
    }),
    { numRuns: 1_000 },
  );
});

const templateText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{{',
        '}}',
        ' args.',
        '{{ args.s }}',
        '{{ args.l? }}',
        '{{args.i}}',
        '{',
        '}',
        '?',
        ' ',
      ),
      fc.string({ maxLength: 4 }),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

test('5: any text is a template or is said not to be one, and any values render or are refused', () => {
  fc.assert(
    fc.property(templateText, someArguments, (text, json) => {
      const template = parseTemplate(text);
      if (typeof template === 'string') {
        expect(template).not.toBe('');
        return;
      }
      if (!text.includes('{{'))
        expect(renderArgv([template], new Map())).toEqual({ ok: true, value: [text] });
      const answer = validateArguments(specs, decodeObject(json) ?? {});
      const values = answer.ok ? answer.values : new Map<string, never>();
      for (const rendered of [renderArgv([template], values), renderEnvValue(template, values)]) {
        if (!rendered.ok) expect(rendered.because).toMatch(/^argument \w+ /);
      }
    }),
    { numRuns: 1_000 },
  );
});

const secretText = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 4, maxLength: 20 }),
  fc.stringMatching(/^[A-Za-z0-9]{8,24}$/),
  fc.constantFrom('a\nb\nc d', '.*$^', 'ééé😀', '[REDACT', '  spaced  '),
);
const noise = fc.string({ unit: fc.constantFrom('x', ' ', '\n', '=', 'é', '😀', '"', '-'), maxLength: 12 });

test('RD1: a sensitive value never comes out, whatever stands around it and however the output is split', () => {
  // What a mask is made of cannot be hidden by a mask.
  const secrets = secretText.filter((secret) => !'[REDACTED]'.includes(secret) && secret.isWellFormed());
  const cuts = fc.array(fc.nat(200), { maxLength: 20 });
  fc.assert(
    fc.property(secrets, fc.array(noise, { minLength: 2, maxLength: 4 }), cuts, (secret, parts, places) => {
      const forms = sensitiveForms(specs, new Map([['secret', secret]]));
      const redaction = compileRedaction({ sensitive: forms });
      const bytes = Buffer.from(parts.join(secret));
      const stream = createRedactionStream(redaction);
      const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted(
        (a, b) => a - b,
      );
      const pieces = ends.map((end, at) => stream.push(bytes.subarray(ends[at - 1] ?? 0, end)));
      const text = Buffer.concat([...pieces, stream.end()]).toString();
      expect(text).toBe(redactText(redaction, parts.join(secret)).text);
      expect(text.replaceAll('[REDACTED]', '\u0000')).not.toContain(secret);
    }),
    { numRuns: 1_000 },
  );
});
