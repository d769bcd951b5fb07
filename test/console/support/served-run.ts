// What a control plane answers about one run, its output and its dispatch.
import { listRunnerActions, listRunners } from '../../../src/protocol/api/runners.ts';
import {
  dispatch,
  getRun,
  getRunOutput,
  type OutputChunk,
  type RunDetail,
} from '../../../src/protocol/api/runs.ts';
import type { ControlPlane } from './control-plane.ts';
import { AT, run, runner } from './rows.ts';

const action = (
  id: string,
  risk: 'low' | 'high',
  args: { name: string; type: 'string' | 'integer' }[] = [],
) => ({
  action: {
    id,
    title: id,
    summary: '',
    description: '',
    kind: 'exec' as const,
    risk,
    side_effects: [],
    args: args.map((argument) => ({ ...argument, required: false })),
    examples: [],
    search_terms: [],
    pack_id: 'linux-core',
    primary_executable_available: true,
    limits: { default_timeout: 1 },
    output: { max_stdout_bytes: 1, max_stderr_bytes: 1 },
  },
  pack_version: '1.0.0',
  pack_hash: 'x',
  blocked_by: null,
  policy: 'allow' as const,
});

/** A run whose chunks and record the test moves on. */
export function serveRun(plane: ControlPlane, chunks: OutputChunk[], state: { run: RunDetail }): void {
  plane.answer(getRun, () => state.run);
  plane.answer(getRunOutput, ({ query }) => {
    const after = Number(query['after_seq'] ?? 0);
    const limit = Number(query['limit'] ?? 500);
    const later = chunks.filter(({ seq }) => seq > after);
    const items = query['after_seq'] === undefined ? chunks.slice(-limit) : later.slice(0, limit);
    return {
      items,
      first_seq: items[0]?.seq ?? null,
      last_seq: items.at(-1)?.seq ?? null,
      more_before: false,
      more_after: later.length > items.length,
    };
  });
  plane.onRequest((viewer, request) => {
    if (request.type !== 'subscribe') return;
    viewer.send({
      type: 'snapshot',
      id: request.id,
      cursor: 'c',
      at: AT,
      snapshot: { topic: 'run', run: state.run, chunks: [], more_before: true },
    });
  });
}

export function serveDispatch(plane: ControlPlane): void {
  plane.answer(listRunnerActions, () => ({
    items: [
      action('linux.tail', 'low', [
        { name: 'path', type: 'string' },
        { name: 'lines', type: 'integer' },
      ]),
      action('linux.restart', 'high'),
    ],
  }));
  plane.answer(listRunners, () => ({ items: [runner('rnr_1')], next_cursor: null, total: 1 }));
  plane.answer(dispatch, () => ({
    id: 'op_1',
    action_id: 'linux.tail',
    results: [{ runner_id: 'rnr_1', runner_name: 'web-1', run: run('run_1'), refusal: null }],
  }));
}
