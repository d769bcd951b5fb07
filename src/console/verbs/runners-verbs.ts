// `emisar-console runners …`: the fleet as rows, one runner in full, and the verbs on it.
import type { Command } from 'commander';
import {
  getRunner,
  listRunnerActions,
  listRunners,
  listRunnerTokens,
  type Runner,
  type RunnerAction,
  type RunnerDetail,
  type RunnerToken,
} from '../../protocol/api/runners.ts';
import { getFleetSummary } from '../../protocol/api/session.ts';
import { createRunnerSelector } from '../store/runners.ts';
import { UsageError } from './confirmation.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addFleetUpkeepVerbs } from './runners-upkeep.ts';
import { addRunnerChangeVerbs, stateWords } from './runners-change.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

const columns: Column<Runner>[] = [
  { title: 'NAME', value: (runner) => runner.name },
  { title: 'GROUP', value: (runner) => runner.group },
  { title: 'STATE', value: stateWords },
  { title: 'HEARTBEAT', value: (runner) => shownInstant(runner.last_heartbeat_at) },
  { title: 'RUNS', value: (runner) => runner.unfinished_runs, alignRight: true },
  { title: 'VERSION', value: (runner) => runner.version },
  {
    title: 'PACKS',
    value: (runner) =>
      `${runner.packs_count}${runner.packs_pending > 0 ? ` (${runner.packs_pending} pending)` : ''}`,
  },
];

const actionColumns: Column<RunnerAction>[] = [
  { title: 'ACTION', value: ({ action }) => action.id },
  { title: 'RISK', value: ({ action }) => action.risk },
  { title: 'POLICY', value: ({ policy }) => policy },
  { title: 'BLOCKED BY', value: ({ blocked_by }) => blocked_by },
  { title: 'TITLE', value: ({ action }) => action.title },
];

const tokenColumns: Column<RunnerToken>[] = [
  { title: 'TOKEN', value: ({ prefix }) => `${prefix}…` },
  { title: 'ISSUED', value: (token) => shownInstant(token.issued_at) },
  { title: 'LAST USED', value: (token) => shownInstant(token.last_used_at) },
  { title: 'EXPIRES', value: (token) => shownInstant(token.expires_at) },
  { title: 'REVOKED', value: (token) => shownInstant(token.revoked_at) },
  { title: 'BY KEY', value: (token) => token.enrollment_key_id },
];

interface ListOptions {
  readonly group?: string;
  readonly state?: string;
  readonly label?: string;
  readonly pack?: string;
}

export function addRunnersVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('runners').description('the hosts of the fleet');
  addVerb<ListOptions>(parent, runner, {
    usage: 'list [filter...]',
    summary: 'the fleet, worst first; words filter as on the screen',
    examples: [
      'runners list',
      'runners list status:offline,stale group:web',
      'runners list --json | jq -r .items[].name',
    ],
    flags: (command) =>
      command
        .option('--group <group>', 'only this group')
        .option('--state <states>', 'only these states, with commas')
        .option('--label <key=value>', 'only with this label')
        .option('--pack <pack>', 'only with this pack'),
    run: list,
  });
  addVerb(parent, runner, {
    usage: 'show <runner>',
    summary: 'one runner in full, by name or id',
    examples: ['runners show web-1', 'runners show web-1 --json'],
    run: (context, _options, ref) => show(context, ref ?? ''),
  });
  addVerb(parent, runner, {
    usage: 'actions <runner>',
    summary: 'what it offers, and what blocks each action',
    examples: ['runners actions web-1', 'runners actions web-1 --output csv'],
    async run({ call, print }, _options, ref) {
      const answer = await call(listRunnerActions, { params: { id: ref ?? '' } });
      await print.list(answer.items, actionColumns, answer);
    },
  });
  addVerb(parent, runner, {
    usage: 'summary',
    summary: 'the fleet in numbers',
    examples: ['runners summary', 'runners summary --json | jq .blocked'],
    async run({ call, print }) {
      const { badges, versions, flags, ...counts } = await call(getFleetSummary);
      await print.record({ ...counts, flags, badges, versions }, [
        ...Object.entries(counts).map(([name, value]): [string, unknown] => [
          name.replaceAll('_', ' '),
          value,
        ]),
        ['flags', flags.join(' ')],
      ]);
    },
  });
  addVerb(parent, runner, {
    usage: 'tokens <runner>',
    summary: 'every token that it was given, newest first, and how each ended',
    examples: ['runners tokens web-1', 'runners tokens web-1 --json'],
    async run({ call, print }, _options, ref) {
      const answer = await call(listRunnerTokens, { params: { id: ref ?? '' } });
      await print.list(answer.items, tokenColumns, answer);
    },
  });
  addRunnerChangeVerbs(parent, runner);
  addFleetUpkeepVerbs(parent, runner);
}

async function list({ call, print }: VerbContext, options: ListOptions, ...filter: string[]): Promise<void> {
  const { group, state, label, pack } = options;
  const query = {
    ...(group === undefined ? {} : { group }),
    ...(state === undefined ? {} : { state }),
    ...(label === undefined ? {} : { label }),
    ...(pack === undefined ? {} : { pack }),
  };
  const { items } = await readPages(call, listRunners, query);
  const runners = new Map(items.map((row) => [row.id, row]));
  const view = createRunnerSelector()({ runners }, { filter: filter.join(' ') });
  if (view.error !== null) throw new UsageError(view.error);
  await print.list(view.rows, columns, { items: view.rows, total: view.rows.length });
}

async function show({ call, print }: VerbContext, ref: string): Promise<void> {
  const runner = await call(getRunner, { params: { id: ref } });
  await print.record(runner, runnerFacts(runner));
  if (print.form !== 'table' || runner.packs.length === 0) return;
  await print.text('\n');
  await print.list(runner.packs, [
    { title: 'PACK', value: (pack) => pack.pack_id },
    { title: 'VERSION', value: (pack) => pack.version },
    { title: 'TRUST', value: (pack) => pack.trust },
    { title: 'ACTIONS', value: (pack) => pack.actions_count, alignRight: true },
    { title: 'HASH', value: (pack) => pack.hash },
  ]);
}

function runnerFacts(runner: RunnerDetail): [string, unknown][] {
  return [
    ['name', runner.name],
    ['state', stateWords(runner)],
    ['note', runner.disconnect_note],
    ['group', runner.group],
    ['hostname', runner.hostname],
    [
      'labels',
      Object.entries(runner.labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(' '),
    ],
    ['version', `${runner.version} (${runner.version_class})`],
    ['address', runner.address],
    ['heartbeat', shownInstant(runner.last_heartbeat_at)],
    ['connected', shownInstant(runner.last_connected_at)],
    ['disconnected', shownInstant(runner.last_disconnected_at)],
    ['registered', shownInstant(runner.registered_at)],
    ['unfinished runs', runner.unfinished_runs],
    ['conflict', runner.conflict === null ? null : runner.conflict.addresses.join(' ')],
    ['degraded', runner.degraded_packs.map(({ pack, reason }) => `${pack}: ${reason}`).join('; ')],
    ['id', runner.id],
  ];
}
