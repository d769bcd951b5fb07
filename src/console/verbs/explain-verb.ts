// `emisar-console explain CODE`: what a refusal or a fault means and what to do, without a control plane.
import type { Command } from 'commander';
import { Refusal } from '../../protocol/errors.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { explanations, explanationsOf, type Explanation } from '../store/explanations.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbRunner } from './verb.ts';
import { nearest } from './suggestion.ts';

const columns: Column<Explanation>[] = [
  { title: 'CODE', value: ({ id }) => id },
  { title: 'FAULT', value: ({ fault }) => fault },
  { title: 'MEANS', value: ({ means }) => means },
  { title: 'FIX', value: ({ fix }) => fix },
];

export function addExplainVerb(program: Command, runner: VerbRunner): void {
  addVerb(program, runner, {
    usage: 'explain [code]',
    summary: 'what a code means and what to do about it; without one, all of them',
    examples: ['explain pack_untrusted', 'explain pack.pending', 'explain --json'],
    values: explanations.map(({ id }) => id),
    async run({ print }, _options, code) {
      if (code === undefined) {
        return print.list(explanations, columns);
      }
      const found = explanationsOf(code);
      if (found.length === 0) throw unknownCode(code);
      if (print.form !== 'table') return print.list(found, columns);
      for (const { id, fault, seen, means, fix, commands } of found) {
        await print.record(id, [
          ['code', id],
          ['fault', fault],
          ['seen', seen],
          ['means', means],
          ['fix', fix],
          ...commands.map((command): [string, string] => ['type', command]),
        ]);
      }
    },
  });
}

function unknownCode(code: string): Refusal {
  const near = nearest(
    code,
    explanations.map(({ id }) => id),
  );
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return new Refusal('not_found', `Cannot explain ${neutralise(code)}: there is no such code${hint}`);
}
