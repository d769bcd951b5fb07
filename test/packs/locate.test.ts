// In which line of a file a fault is said to stand.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineOfField } from '../../src/packs/locate.ts';
import { PackProblem } from '../../src/packs/pack-problem.ts';
import { decodeYaml } from '../../src/packs/yaml-document.ts';

const text = `# comment
id: demo
execution:
  command: {binary: echo,
    argv: [a,
      b]}
  env:
    A.B: x
    A: y
args:
  - name: a

  - name: b
    validation: {min: 1,
      max: 2}
`;

test.each([
  ['id', 2],
  ['execution', 3],
  ['execution.command.argv[1]', 6],
  ['execution.env.A.B', 8],
  ['execution.env.A', 9],
  ['args[1]', 13],
  ['args[1].name', 13],
  ['args[1].validation.max', 15],
  ['args[0].type', 11],
  ['execution.timeout', 3],
  ['missing', 2],
  ['', 2],
])('1: the field %s, or what is around it, stands in line %i', (field, line) => {
  expect(lineOfField(Buffer.from(text), field)).toBe(line);
});

test.each([
  ['a: 1\nb: [\n', 3],
  ['a: 1\n\nb: 2\na: 3\n', 4],
  ['a: 1\n---\nb: 2\n', 2],
  ['a: x\nb: !foreign y\n', 2],
  ['a: x\n? [b]\n: c\n', 2],
  ['a: x\nb: .inf\n', 2],
  ['a:\n  - x\n y\n', 3],
])('1: the fault of the YAML %j stands in line %i, which is said once', (yaml, line) => {
  expect(() => decodeYaml(Buffer.from(yaml), 'p/a.yaml')).toThrow(
    expect.objectContaining({ rule: 'yaml', line, message: expect.stringMatching(`^p/a\\.yaml:${line}: `) }),
  );
  expect(() => decodeYaml(Buffer.from(yaml), 'p/a.yaml')).not.toThrow(/at line/);
});

test('1: whatever a file and a field are, looking for the line throws nothing', () => {
  const yamlish = fc.string({ unit: fc.constantFrom(...'ab:1-[]{},&*!|>%"\'#\n \t?@`~.'), maxLength: 60 });
  fc.assert(
    fc.property(yamlish, yamlish, (file, field) => {
      const line = lineOfField(Buffer.from(file), field);
      expect(line === null || (line >= 1 && line <= file.split('\n').length)).toBe(true);
    }),
  );
  expect(new PackProblem('f', 'a', 'r', 's').message).toBe('f: a: s (rule: r)');
});
