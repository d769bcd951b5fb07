// Templates: what may be written, and what it becomes for given values.
import { expect, test } from 'vitest';
import type { ArgumentValue } from '../../src/packs/arguments.ts';
import { ExactNumber } from '../../src/packs/exact-json.ts';
import { parseTemplate, renderArgv, renderEnvValue, type Template } from '../../src/packs/template.ts';

const values = new Map<string, ArgumentValue>([
  ['text', 'a b'],
  ['empty', ''],
  ['zero', new ExactNumber('0')],
  ['big', new ExactNumber('9223372036854775807')],
  ['spelled', new ExactNumber('1.50')],
  ['no', false],
  ['list', ['x', '', 'y']],
  ['none', []],
]);

function parsed(text: string): Template {
  const template = parseTemplate(text);
  if (typeof template === 'string') throw new Error(template);
  return template;
}

test.each([
  ['plain', ['plain']],
  ['', ['']],
  ['}} {', ['}} {']],
  ['{{ args.text }}', ['a b']],
  ['{{args.text}}', ['a b']],
  ['n={{ args.zero }}', ['n=0']],
  ['{{ args.big }}', ['9223372036854775807']],
  ['{{ args.spelled }}', ['1.50']],
  ['{{ args.no? }}', ['false']],
  ['{{ args.zero? }}', ['0']],
  ['{{ args.list }}', ['x', '', 'y']],
  ['{{ args.none }}', []],
  ['{{ args.empty }}', ['']],
  ['{{ args.empty? }}', []],
  ['--x={{ args.empty? }}', []],
  ['--x={{ args.absent? }}', []],
  ['--x={{ args.none? }}', []],
  ['{{ args.absent? }}', []],
  ['{{ args.absent }}', 'error'],
  ['x{{ args.list }}', 'error'],
  ['x{{ args.list? }}', 'error'],
])('5: the argv element %s becomes %j', (text, expected) => {
  const rendered = renderArgv([parsed(text)], values);
  expect(rendered.ok ? rendered.value : 'error').toEqual(expected);
});

test.each([
  ['v={{ args.empty? }}', 'v='],
  ['{{ args.absent? }}', ''],
  ['{{ args.absent }}', 'error'],
  ['{{ args.list }}', 'error'],
  ['{{ args.text }}!', 'a b!'],
])('5: the environment value %s becomes %j', (text, expected) => {
  const rendered = renderEnvValue(parsed(text), values);
  expect(rendered.ok ? rendered.value : 'error').toBe(expected);
});

test.each([
  '{{',
  'a {{ args.x',
  '{{ env.x }}',
  '{{ args.x | upper }}',
  '{{ args.1x }}',
  '{{ args.x?? }}',
  '{{}}',
  '{{ args.a\n}}',
])('5: %j is no template', (text) => {
  expect(typeof parseTemplate(text)).toBe('string');
});
