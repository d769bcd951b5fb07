// `emisar-console packs …`: packs and their versions as rows, one of them in full, and what new bytes change.
import type { Command } from 'commander';
import type { z } from 'zod';
import {
  diffPackVersion,
  getPack,
  getPackVersion,
  listPackVersionRunners,
  listPackVersions,
  type ActionChangeOut,
  type AdvertisingRunner,
  type PackVersion,
} from '../../protocol/api/packs.ts';
import { createPackSelector } from '../store/packs.ts';
import { UsageError } from './confirmation.ts';
import { addPackDecisionVerbs, isPackId } from './packs-decision-verbs.ts';
import { addPackSettingsVerbs } from './packs-settings-verbs.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

type Change = z.infer<typeof ActionChangeOut>;

const columns: Column<PackVersion>[] = [
  { title: 'PACK', value: (version) => `${version.pack_id}@${version.version}` },
  { title: 'STATE', value: stateWords },
  { title: 'RUNNERS', value: (version) => version.runners_count, alignRight: true },
  { title: 'WAITING ON', value: (version) => version.pending_runners_count, alignRight: true },
  { title: 'ACTIONS', value: (version) => version.actions_count, alignRight: true },
  { title: 'LAST SEEN', value: (version) => shownInstant(version.last_seen_at) },
];

const changeColumns: Column<Change>[] = [
  { title: 'ACTION', value: (change) => change.id },
  { title: 'CHANGE', value: (change) => change.change },
  { title: 'RISK', value: riskMove },
  { title: 'ESCALATES', value: (change) => (change.escalates ? 'yes' : '') },
  { title: 'FIELDS', value: (change) => change.fields.join(' ') },
];

function stateWords({ state, drifted, retired_at }: PackVersion): string {
  if (drifted) return `${state}, drifted`;
  return state === 'trusted' && retired_at !== null ? 'trusted, retirement overridden' : state;
}

function retiredWords(version: PackVersion): string | null {
  if (version.retired_at === null) return null;
  const since = `since ${shownInstant(version.retired_at)}: a security release replaced it`;
  const { retirement_overridden_at: at, retirement_overridden_by: by } = version;
  return at === null ? since : `${since}; overridden ${shownInstant(at)} by ${by ?? '-'}`;
}

function riskMove({ risk_before, risk_after }: Change): string {
  if (risk_before === null || risk_after === null || risk_before === risk_after)
    return risk_after ?? risk_before ?? '';
  return `${risk_before} → ${risk_after}`;
}

export function addPacksVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('packs').description('packs, and the trust in their exact bytes');
  addVerb(parent, runner, {
    usage: 'list [filter...]',
    summary: 'pack versions, what waits for a decision first',
    examples: ['packs list', 'packs list status:pending --json'],
    async run({ call, print }, _options, ...filter) {
      const { items } = await call(listPackVersions);
      const packVersions = new Map(items.map((version) => [version.id, version]));
      const view = createPackSelector()({ packVersions }, { filter: filter.join(' ') });
      if (view.error !== null) throw new UsageError(view.error);
      await print.list(view.rows, columns, { items: view.rows });
    },
  });
  addVerb(parent, runner, {
    usage: 'show <pack>',
    summary: 'one version, by pack@version or id; every version of a pack, by its id',
    examples: ['packs show linux-core@1.0.0', 'packs show linux-core'],
    run: (context, _options, ref = '') =>
      isPackId(ref) ? showVersions(context, ref) : showVersion(context, ref),
  });
  addVerb(parent, runner, {
    usage: 'diff <pack>',
    summary: 'what trusting the waiting bytes would change, escalations first',
    examples: ['packs diff linux-core@1.0.0', 'packs diff linux-core@1.0.0 --output csv'],
    async run({ call, print }, _options, ref) {
      const diff = await call(diffPackVersion, { params: { id: ref ?? '' } });
      await print.list(diff.changes, changeColumns, diff);
    },
  });
  addVerb(parent, runner, {
    usage: 'runners <pack>',
    summary: 'who advertises a version, those with the waiting bytes first',
    examples: ['packs runners linux-core@1.0.0', 'packs runners linux-core@1.0.0 --output csv'],
    run: (context, _options, ref) => runners(context, ref ?? ''),
  });
  addPackDecisionVerbs(parent, runner);
  addPackSettingsVerbs(parent, runner);
}

async function showVersions({ call, print }: VerbContext, id: string): Promise<void> {
  const pack = await call(getPack, { params: { id } });
  await print.list(pack.versions, columns, pack);
}

async function showVersion({ call, print }: VerbContext, ref: string): Promise<void> {
  const version = await call(getPackVersion, { params: { id: ref } });
  await print.record(version, [
    ['pack', version.pack_id],
    ['version', version.version],
    ['state', stateWords(version)],
    ['trusted', version.trusted_hash],
    ['waiting', version.pending_hash],
    ['published', version.matches_catalogue ? 'the waiting bytes match the published catalogue' : null],
    ['retired', retiredWords(version)],
    ['newer', version.newer_version],
    [
      'runners',
      `${version.coverage === 'partial' ? 'at least ' : ''}${version.runners_count}, ${version.pending_runners_count} with the waiting bytes`,
    ],
    ['disputed', version.disputed_actions.join(' ')],
    ['seen on', version.runners.map(({ name }) => name).join(' ')],
    ['first seen', shownInstant(version.first_seen_at)],
    ['last seen', shownInstant(version.last_seen_at)],
    [
      'decided',
      version.decided_at === null
        ? null
        : `${shownInstant(version.decided_at)} by ${version.decided_by ?? '-'}`,
    ],
    ['id', version.id],
  ]);
  if (print.form !== 'table' || version.changes.length === 0) return;
  await print.text('\n');
  await print.list(version.changes, changeColumns);
}

async function runners({ call, print }: VerbContext, id: string): Promise<void> {
  const items: AdvertisingRunner[] = [];
  let page = await call(listPackVersionRunners, { params: { id }, query: { limit: 1000 } });
  items.push(...page.items);
  while (page.next_cursor !== null) {
    const query = { limit: 1000, cursor: page.next_cursor };
    page = await call(listPackVersionRunners, { params: { id }, query });
    items.push(...page.items);
  }
  const { total, coverage } = page;
  await print.list(
    items,
    [
      { title: 'RUNNER', value: (runner) => runner.name },
      { title: 'GROUP', value: (runner) => runner.group },
      { title: 'HASH', value: (runner) => runner.hash },
    ],
    { items, total, coverage },
  );
}
