// Follows the runs of one dispatch to their ends: output as it comes, or the finished runs as values.
import {
  getRun,
  type OutputChunk,
  type Operation,
  type Run,
  type RunDetail,
} from '../../protocol/api/runs.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { outputAfter } from '../client/output-pages.ts';
import { EXIT } from './exit-code.ts';
import { prefixedStreams } from './prefixed-output.ts';
import { streamRun } from './stream-run.ts';
import type { VerbContext } from './verb.ts';

/** Resolves with the first code that is not 0, the interruption first; `refused` when all runs went well. */
export async function waitForRuns(
  context: VerbContext,
  operation: Operation,
  refused: number,
): Promise<number> {
  tellRefusals(context, operation);
  const runs = operation.results.flatMap(({ run }) => (run === null ? [] : [run]));
  tellWaiting(context, operation);
  const alone = operation.results.length === 1;
  const codes = await Promise.all(runs.map((run) => follow(context, run, alone)));
  if (codes.includes(EXIT.interrupted)) {
    for (const { id } of runs) context.remark(`The run goes on: emisar-console runs tail -f ${id}`);
    return EXIT.interrupted;
  }
  if (context.print.form !== 'table') await printEnds(context, runs, alone);
  return codes.find((code) => code !== 0) ?? refused;
}

export function tellRefusals({ io }: VerbContext, { results }: Operation): void {
  for (const { runner_name, refusal } of results) {
    if (refusal === null) continue;
    io.stderr.write(neutralise(`emisar-console: ${runner_name}: ${refusal.detail} (${refusal.code})`));
    io.stderr.write(`\n  ${neutralise(refusal.fix)}\n`);
  }
}

/** Says what to do about runs that are held, where somebody is about to wait for them. */
export function tellWaiting({ remark }: VerbContext, { id, results }: Operation): void {
  const held = results.filter(({ run }) => run?.status === 'pending_approval').length;
  if (held > 0)
    remark(
      `${held} of ${results.length} wait for approval: emisar-console approvals approve ${id} --operation`,
    );
}

// Machine forms get the output inside the value, so nothing may stand beside it.
const nowhere = { write: () => true } as unknown as NodeJS.WritableStream;

/** One run is passed on as it is; several are told apart line by line. */
async function follow({ io, call, print, profile }: VerbContext, run: Run, alone: boolean): Promise<number> {
  const { url, token } = profile();
  const options = { clock: io.clock, signal: io.signal, stream: { url, token, ca: io.ca } };
  if (print.form !== 'table')
    return streamRun(call, run.id, { ...options, stdout: nowhere, stderr: nowhere });
  if (alone) return streamRun(call, run.id, { ...options, stdout: io.stdout, stderr: io.stderr });
  const streams = prefixedStreams(io, run.runner_name);
  const code = await streamRun(call, run.id, { ...options, ...streams });
  await streams.end();
  return code;
}

interface RunEnd {
  readonly run: RunDetail;
  readonly output: readonly OutputChunk[];
}

async function printEnds({ call, print }: VerbContext, runs: readonly Run[], alone: boolean): Promise<void> {
  const ends: RunEnd[] = [];
  for (const { id } of runs) {
    const run = await call(getRun, { params: { id } });
    const output: OutputChunk[] = [];
    for await (const chunk of outputAfter(call, id)) output.push(chunk);
    ends.push({ run, output });
  }
  const columns = [
    { title: 'RUN', value: ({ run }: RunEnd) => run.id },
    { title: 'RUNNER', value: ({ run }: RunEnd) => run.runner_name },
    { title: 'STATUS', value: ({ run }: RunEnd) => run.status },
    { title: 'EXIT', value: ({ run }: RunEnd) => run.exit_code },
  ];
  await print.list(ends, columns, alone ? ends[0] : { items: ends });
}
