// `emisar-console explain CODE`: what a refusal or a fault means and what to do, without a control plane.
import type { Command } from 'commander';
import { Refusal, refusals } from '../../protocol/errors.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { addVerb, type VerbRunner } from './verb.ts';
import { nearest } from './suggestion.ts';

interface Explanation {
  readonly code: string;
  readonly fault: string | null;
  readonly sentence: string;
  readonly fix: string;
}

const explanations: readonly Explanation[] = Object.entries(refusals).map(([code, entry]) => ({
  code,
  fault: 'fault' in entry ? entry.fault : null,
  sentence: entry.sentence,
  fix: entry.fix,
}));

export function addExplainVerb(program: Command, runner: VerbRunner): void {
  addVerb(program, runner, {
    usage: 'explain [code]',
    summary: 'what a code means and what to do about it; without one, all of them',
    examples: ['explain pack_untrusted', 'explain pack.pending', 'explain --json'],
    async run({ print }, _options, code) {
      if (code === undefined) {
        return print.list(explanations, [
          { title: 'CODE', value: (entry) => entry.code },
          { title: 'FAULT', value: (entry) => entry.fault },
          { title: 'MEANS', value: (entry) => entry.sentence },
          { title: 'FIX', value: (entry) => entry.fix },
        ]);
      }
      const found = explanations.filter((entry) => entry.code === code || entry.fault === code);
      if (found.length === 0) throw unknownCode(code);
      if (print.form !== 'table')
        return print.list(found, [
          { title: 'CODE', value: (entry) => entry.code },
          { title: 'FAULT', value: (entry) => entry.fault },
          { title: 'MEANS', value: (entry) => entry.sentence },
          { title: 'FIX', value: (entry) => entry.fix },
        ]);
      for (const { code: own, fault, sentence, fix } of found) {
        await print.record(own, [
          ['code', own],
          ['fault', fault],
          ['means', sentence],
          ['fix', fix],
        ]);
      }
    },
  });
}

function unknownCode(code: string): Refusal {
  const known = explanations.flatMap((entry) =>
    entry.fault === null ? [entry.code] : [entry.code, entry.fault],
  );
  const near = nearest(code, known);
  const hint = near === null ? '' : `; did you mean ${near}?`;
  return new Refusal('not_found', `Cannot explain ${neutralise(code)}: there is no such code${hint}`);
}
