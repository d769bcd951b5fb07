// `emisar-console actions …`: what the fleet can do, and where each action can be started.
import type { Command } from 'commander';
import {
  getAction,
  listActions,
  type ActionDetail,
  type ActionRunner,
  type CatalogueAction,
} from '../../protocol/api/actions.ts';
import { risks } from '../../protocol/risk.ts';
import { oneOf, wholeNumber } from './flag-values.ts';
import { readPages } from '../store/pages.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

const columns: Column<CatalogueAction>[] = [
  { title: 'ACTION', value: (action) => action.id },
  { title: 'RISK', value: (action) => action.risk },
  { title: 'READY', value: (action) => action.ready_count, alignRight: true },
  { title: 'AWAY', value: (action) => action.queueable_count, alignRight: true },
  { title: 'BLOCKED', value: blockedWords },
  { title: 'TITLE', value: (action) => action.title },
];

const runnerColumns: Column<ActionRunner>[] = [
  { title: 'RUNNER', value: (runner) => runner.name },
  { title: 'GROUP', value: (runner) => runner.group },
  { title: 'STATE', value: (runner) => runner.state },
  { title: 'PACK', value: (runner) => `${runner.pack_id}@${runner.pack_version}` },
  { title: 'POLICY', value: (runner) => runner.policy },
  { title: 'BLOCKED BY', value: blockWords },
];

interface ListOptions {
  readonly risk?: string;
  readonly pack?: string;
  readonly group?: string;
  readonly limit?: string;
}

export function addActionsVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('actions').description('what the fleet can do, and where');
  addVerb<ListOptions>(parent, runner, {
    usage: 'list [words...]',
    summary: 'actions that runners offer, the best match for the words first',
    examples: [
      'actions list',
      'actions list disk usage --risk low',
      'actions list --pack docker --group web --json',
    ],
    flags: (command) =>
      command
        .option('--risk <risk>', `only of this risk: ${risks.join(', ')}`)
        .option('--pack <pack>', 'only of this pack')
        .option('--group <group>', 'only on runners of this group')
        .option('--limit <n>', 'at most so many'),
    run: list,
  });
  addVerb<{ readonly group?: string }>(parent, runner, {
    usage: 'show <action>',
    summary: 'one action: its arguments, and runner by runner whether it can be started there',
    examples: ['actions show linux.disk_usage', 'actions show linux.disk_usage --group web --json'],
    flags: (command) => command.option('--group <group>', 'only runners of this group'),
    run: (context, { group }, id) => show(context, id ?? '', group),
  });
}

function blockedWords({ blocked }: CatalogueAction): string {
  return blocked.map(({ code, runners_count }) => `${runners_count} ${code}`).join(', ');
}

function blockWords({ blocked_by, missing_executable }: ActionRunner): string | null {
  if (blocked_by === null || missing_executable === null) return blocked_by;
  return blocked_by === 'action_unavailable' ? `${blocked_by}: ${missing_executable}` : blocked_by;
}

async function list({ call, print }: VerbContext, options: ListOptions, ...words: string[]): Promise<void> {
  const { risk, pack, group, limit } = options;
  const q = words.join(' ');
  const query = {
    ...(q === '' ? {} : { q }),
    ...(risk === undefined ? {} : { risk: oneOf(risk, '--risk', risks) }),
    ...(pack === undefined ? {} : { pack }),
    ...(group === undefined ? {} : { group }),
  };
  const most = limit === undefined ? undefined : wholeNumber(limit, '--limit', 100_000);
  const { items, total } = await readPages(call, listActions, query, most);
  await print.list(items, columns, { items, total });
}

async function show({ call, print }: VerbContext, id: string, group: string | undefined): Promise<void> {
  const filter = group === undefined ? {} : { group };
  const first = await call(getAction, { params: { id }, query: { ...filter, limit: 1000 } });
  const items = [...first.runners.items];
  let cursor = first.runners.next_cursor;
  while (cursor !== null) {
    const { runners } = await call(getAction, { params: { id }, query: { ...filter, limit: 1000, cursor } });
    items.push(...runners.items);
    cursor = runners.next_cursor;
  }
  const action = { ...first, runners: { ...first.runners, items, next_cursor: null } };
  if (print.form === 'csv') return print.list(items, runnerColumns);
  await print.record(action, factsOf(action));
  if (print.form !== 'table') return;
  await print.text('\n');
  await print.list(items, runnerColumns);
}

function factsOf(action: ActionDetail): [string, unknown][] {
  const [contract] = action.contracts;
  const args = contract?.action.args ?? [];
  return [
    ['action', action.id],
    ['title', action.title],
    ['summary', action.summary],
    ['risk', action.risk],
    ['kind', action.kind],
    ['side effects', contract?.action.side_effects.join('; ')],
    [
      'arguments',
      args.map(({ name, type, required }) => `${name}: ${type}${required ? '' : '?'}`).join(', '),
    ],
    ['pack', `${action.pack_id} ${action.pack_versions.join(', ')}`],
    ['runners', action.runners_count],
    ['ready', action.ready_count],
    ['away', action.queueable_count],
    ['blocked', blockedWords(action)],
    ['for approval', action.approval_count],
  ];
}
