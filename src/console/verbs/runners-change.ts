// `emisar-console runners hold|release|disable|enable|revoke-token|delete`: on one runner, on those that are named, or on
// a group or a label. On many it lists first, asks for what it will change, and changes exactly what it listed.
import type { Command } from 'commander';
import { bulkRunners, type BulkResult, type FleetVerb } from '../../protocol/api/fleet-upkeep.ts';
import {
  deleteRunner,
  disableRunner,
  enableRunner,
  getRunner,
  holdRunner,
  releaseRunner,
  revokeRunnerToken,
  type Runner,
  type RunnerDetail,
} from '../../protocol/api/runners.ts';
import { isRefusalCode, refusals } from '../../protocol/errors.ts';
import { badgeOf } from '../../protocol/runner.ts';
import { UsageError } from './confirmation.ts';
import { EXIT, exitCodeOfAnswer } from './exit-code.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface Selection {
  readonly group?: string;
  readonly label?: string;
  readonly dryRun?: boolean;
}

interface Change {
  readonly verb: FleetVerb;
  readonly summary: string;
  /** What will happen, to go behind the name or the number. */
  readonly consequence: string;
  readonly asks: 'nothing' | 'the name';
  /** Does it to one; answers what is said afterwards. */
  one(
    context: VerbContext,
    found: Pick<RunnerDetail, 'id' | 'name'>,
  ): Promise<[value: unknown, sentence: string]>;
}

const changes: readonly Change[] = [
  {
    verb: 'hold',
    summary: 'let nothing new start there, at once; what runs goes on',
    consequence: 'start nothing new until released; what runs goes on',
    asks: 'nothing',
    one: async ({ call }, { id }) => {
      const after = await call(holdRunner, { params: { id } });
      return [after, `${after.name} is held; back with: emisar-console runners release ${after.name}`];
    },
  },
  {
    verb: 'release',
    summary: 'let a held runner work again',
    consequence: 'may be used again at once',
    asks: 'nothing',
    one: async ({ call }, { id }) => {
      const after = await call(releaseRunner, { params: { id } });
      return [after, `${after.name} is ${stateWords(after)}`];
    },
  },
  {
    verb: 'disable',
    summary: 'close its session and refuse it until enabled; asks for its name',
    consequence:
      'leaves the fleet and its service stops; after enabling it must be started on the host: sudo systemctl start emisar',
    asks: 'the name',
    one: async ({ call }, { id }) => {
      const after = await call(disableRunner, { params: { id } });
      return [after, `${after.name} is ${badgeOf(after)}`];
    },
  },
  {
    verb: 'enable',
    summary: 'let a disabled runner back',
    consequence: 'may connect again; the service must be started on the host: sudo systemctl start emisar',
    asks: 'nothing',
    one: async ({ call }, { id }) => {
      const after = await call(enableRunner, { params: { id } });
      return [after, `${after.name} may connect again; start it on the host: sudo systemctl start emisar`];
    },
  },
  {
    verb: 'revoke-token',
    summary: 'end its token for good; asks for its name',
    consequence: 'has its token ended for good; the host comes back only with a fresh enrollment key',
    asks: 'the name',
    one: async ({ call }, { id }) => {
      const after = await call(revokeRunnerToken, { params: { id } });
      return [after, `${after.name} is ${badgeOf(after)}`];
    },
  },
  {
    verb: 'delete',
    summary: 'forget a runner that is not online; asks for its name',
    consequence: 'is forgotten for good; the history of its runs stays',
    asks: 'the name',
    one: async ({ call }, { id }) => {
      const gone = await call(deleteRunner, { params: { id } });
      return [gone, `${gone.name} is deleted`];
    },
  },
];

export function addRunnerChangeVerbs(parent: Command, runner: VerbRunner): void {
  for (const change of changes) {
    const { verb, asks } = change;
    const agreed = asks === 'the name' ? '--confirm 12' : '--yes';
    addVerb<Selection>(parent, runner, {
      usage: `${verb} [runner...]`,
      summary: change.summary,
      examples: [
        `runners ${verb} web-1${asks === 'the name' ? ' --confirm web-1' : ''}`,
        `runners ${verb} --group web --dry-run`,
        `runners ${verb} --label role=db ${agreed}`,
      ],
      flags: (command) =>
        command
          .option('--group <group>', 'all of a group')
          .option('--label <key=value>', 'all with a label; key alone for any value')
          .option('--dry-run', 'only say which would change'),
      run: (context, options, ...refs) => take(change, context, options, refs),
    });
  }
}

async function take(
  change: Change,
  context: VerbContext,
  { group, label, dryRun = false }: Selection,
  refs: readonly string[],
): Promise<number> {
  const [only = ''] = refs;
  if (refs.length === 0 && group === undefined && label === undefined)
    throw new UsageError('Cannot tell which runner is meant: name it, or say --group or --label');
  if (refs.length === 1 && group === undefined && label === undefined && !dryRun) {
    await takeOne(change, context, only);
    return EXIT.done;
  }
  const selector = {
    ...(refs.length === 0 ? {} : { ids: [...refs] }),
    ...(group === undefined ? {} : { group }),
    ...(label === undefined ? {} : { label }),
  };
  return takeMany(change, context, selector, dryRun);
}

async function takeOne(change: Change, context: VerbContext, ref: string): Promise<void> {
  let found = { id: ref, name: ref };
  if (change.asks === 'the name') {
    found = await context.call(getRunner, { params: { id: ref } });
    const consequence = `${found.name} ${change.consequence}`;
    await context.confirm({ consequence, typedName: found.name });
  }
  const [value, sentence] = await change.one(context, found);
  await context.print.outcome(value, sentence);
}

async function takeMany(
  { verb, asks, consequence }: Change,
  context: VerbContext,
  selector: { ids?: string[]; group?: string; label?: string },
  dryRun: boolean,
): Promise<number> {
  const { call } = context;
  const planned = await call(bulkRunners, { body: { verb, selector, dry_run: true } });
  const meant = planned.results.filter((result) => result.changed);
  if (dryRun || meant.length === 0) return tell(context, planned, planned.results);
  const what = `${meant.length} ${meant.length === 1 ? 'runner' : 'runners'} (${byGroup(meant)}): each ${consequence}`;
  const typedName = asks === 'the name' ? String(meant.length) : null;
  await context.confirm({ consequence: what, typedName });
  // By id: whoever came into the group meanwhile was not listed.
  const body = { verb, selector: { ids: meant.map(({ id }) => id) } };
  const done = await call(bulkRunners, { body });
  const others = planned.results.filter((result) => !result.changed);
  return tell(context, done, [...done.results, ...others]);
}

const columns: Column<BulkResult & { readonly outcome: string }>[] = [
  { title: 'RUNNER', value: ({ id, name }) => name ?? id },
  { title: 'GROUP', value: ({ group }) => group },
  { title: 'RESULT', value: ({ outcome }) => outcome },
];

async function tell(
  { print }: VerbContext,
  { verb, dry_run: dryRun }: { verb: FleetVerb; dry_run: boolean },
  results: readonly BulkResult[],
): Promise<number> {
  const rows = results.map((result) => ({ ...result, outcome: outcomeOf(result, dryRun) }));
  await print.list(rows, columns, { verb, dry_run: dryRun, results });
  const refused = results.find(({ refusal }) => refusal !== null)?.refusal;
  if (!refused) return results.length === 0 ? EXIT.notFound : EXIT.done;
  const { code } = refused;
  return exitCodeOfAnswer(code, isRefusalCode(code) ? refusals[code].status : 409);
}

function outcomeOf({ changed, refusal }: BulkResult, dryRun: boolean): string {
  if (refusal !== null) return `${refusal.code}: ${refusal.detail}`;
  if (!changed) return 'unchanged';
  return dryRun ? 'would change' : 'done';
}

function byGroup(results: readonly BulkResult[]): string {
  const counts = new Map<string, number>();
  for (const { group } of results) counts.set(group ?? '', (counts.get(group ?? '') ?? 0) + 1);
  return [...counts].map(([group, many]) => `${group} ${many}`).join(', ');
}

/** The badge, and whether an operator holds it where the badge says something else. */
export function stateWords(runner: Runner): string {
  const word = badgeOf(runner);
  return runner.held && word !== 'held' ? `${word}, held` : word;
}
