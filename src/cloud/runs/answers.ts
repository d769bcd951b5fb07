// Which runs of a dispatch gave the same answer: by how they ended, how much they printed and how that begins.
import { createHash } from 'node:crypto';
import type { RunAnswer } from '../../protocol/api/runs.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { isTerminal } from '../../protocol/run.ts';
import { COMPARED_CHARACTERS, selectBeginnings } from './operation-store.ts';
import { findOperation } from './operations.ts';
import type { RunRow } from './run-parts.ts';
import type { Sql } from './store.ts';

const SHOWN_LINES = 20;
const SHOWN_CHARACTERS = 400;
/** Runs a statement asks about: of each stream at most twice the compared characters are in memory. */
const RUNS_A_STATEMENT = 64;

/** Refuses `not_found`. */
export async function readAnswers(sql: Sql, asked: Scoped, id: string): Promise<RunAnswer[]> {
  const runs = (await findOperation(sql, asked, id)).runs.filter(({ status }) => isTerminal(status));
  const answers: RunAnswer[] = [];
  for (let from = 0; from < runs.length; from += RUNS_A_STATEMENT) {
    const some = runs.slice(from, from + RUNS_A_STATEMENT);
    const beginnings = Map.groupBy(
      await selectBeginnings(
        sql,
        some.map((run) => run.id),
      ),
      ({ run_id }) => run_id,
    );
    for (const run of some) answers.push(answerOf(run, beginnings.get(run.id) ?? []));
  }
  return answers;
}

function answerOf(run: RunRow, chunks: readonly { stream: string; beginning: string }[]): RunAnswer {
  // Where one chunk ends is chance: the same text cut elsewhere is the same answer.
  const texts = ['stdout', 'stderr'].map((stream) =>
    chunks
      .flatMap((chunk) => (chunk.stream === stream ? chunk.beginning : []))
      .join('')
      .slice(0, COMPARED_CHARACTERS),
  );
  const facts = [run.status, run.exit_code, run.cause, run.stdout_bytes, run.stderr_bytes, ...texts];
  return {
    run_id: run.id,
    digest: createHash('sha256').update(JSON.stringify(facts)).digest('hex'),
    // Of what failed, why it failed comes first.
    lines: (run.status === 'success'
      ? chunks.map(({ beginning }) => beginning).join('')
      : texts.toReversed().join('\n')
    )
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(0, SHOWN_LINES)
      .map((line) => line.slice(0, SHOWN_CHARACTERS)),
  };
}
