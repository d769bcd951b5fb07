// `emisar-console packs …`: which exact bytes may run, and the decision about new ones.
import type { Command } from 'commander';
import type { z } from 'zod';
import {
  deletePackVersion,
  getPackVersion,
  listPackVersions,
  rejectPackVersion,
  revokePackVersion,
  trustPackVersion,
  type ActionChangeOut,
  type PackVersion,
  type PackVersionDetail,
} from '../../protocol/api/packs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { needsTypedName } from '../../protocol/pack-diff.ts';
import { PACK_HASH } from '../../protocol/pack-trust.ts';
import { createPackSelector } from '../store/packs.ts';
import { UsageError } from './confirmation.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

type Change = z.infer<typeof ActionChangeOut>;

const columns: Column<PackVersion>[] = [
  { title: 'PACK', value: (version) => `${version.pack_id}@${version.version}` },
  { title: 'STATE', value: (version) => (version.drifted ? `${version.state}, drifted` : version.state) },
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
    summary: 'one version, by pack@version or id',
    examples: ['packs show linux-core@1.0.0'],
    run: (context, _options, ref) => show(context, ref ?? ''),
  });
  addVerb(parent, runner, {
    usage: 'diff <pack>',
    summary: 'what trusting the waiting bytes would change, escalations first',
    examples: ['packs diff linux-core@1.0.0', 'packs diff linux-core@1.0.0 --output csv'],
    async run({ call, print }, _options, ref) {
      const version = await call(getPackVersion, { params: { id: ref ?? '' } });
      await print.list(version.changes, changeColumns, {
        trusted_hash: version.trusted_hash,
        pending_hash: version.pending_hash,
        changes: version.changes,
        unchanged_count: version.unchanged_count,
      });
    },
  });
  addDecisionVerbs(parent, runner);
  addRevokeVerb(parent, runner);
  addDeleteVerb(parent, runner);
}

async function show({ call, print }: VerbContext, ref: string): Promise<void> {
  const version = await call(getPackVersion, { params: { id: ref } });
  await print.record(version, [
    ['pack', version.pack_id],
    ['version', version.version],
    ['state', version.drifted ? `${version.state}, drifted` : version.state],
    ['trusted', version.trusted_hash],
    ['waiting', version.pending_hash],
    ['published', version.matches_catalogue ? 'the waiting bytes match the published catalogue' : null],
    ['runners', `${version.runners_count}, ${version.pending_runners_count} with the waiting bytes`],
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

interface DecisionOptions {
  readonly expect?: string;
}

function addDecisionVerbs(parent: Command, runner: VerbRunner): void {
  const flags = (command: Command) =>
    command.option('--expect <hash>', 'the waiting hash that you looked at, in full');
  addVerb<DecisionOptions>(parent, runner, {
    usage: 'trust <pack>',
    summary: 'let exactly these bytes run; asks for the name where a risk rises',
    examples: ['packs trust linux-core@1.0.0 --expect sha256:9a64… --yes'],
    flags,
    async run(context, { expect }, ref) {
      const version = await waiting(context, ref ?? '', expect);
      const escalates = needsTypedName(version.changes);
      const consequence = `Operators may run ${version.pending_actions.length} actions from ${version.pending_hash ?? ''} on every runner${escalates ? '; a risk rises' : ''}`;
      await context.confirm({ consequence, typedName: escalates ? decisionName(version) : null });
      const after = await decide(context, version, 'trust');
      await context.print.outcome(
        after,
        `${decisionName(after)} is ${after.state}: ${after.trusted_hash ?? ''}`,
      );
    },
  });
  addVerb<DecisionOptions>(parent, runner, {
    usage: 'reject <pack>',
    summary: 'refuse exactly these bytes; asks for the name',
    examples: ['packs reject linux-core@1.0.0 --expect sha256:9a64… --confirm "linux-core v1.0.0"'],
    flags,
    async run(context, { expect }, ref) {
      const version = await waiting(context, ref ?? '', expect);
      const stays =
        version.trusted_hash === null
          ? 'nothing of this version can run'
          : 'the bytes trusted before stay trusted';
      const consequence = `${version.pending_hash ?? ''} is refused; ${stays}`;
      await context.confirm({ consequence, typedName: decisionName(version) });
      const after = await decide(context, version, 'reject');
      await context.print.outcome(
        after,
        `${decisionName(after)} is ${after.state}; the waiting bytes are refused`,
      );
    },
  });
}

function addRevokeVerb(parent: Command, runner: VerbRunner): void {
  addVerb<DecisionOptions>(parent, runner, {
    usage: 'revoke <pack>',
    summary: 'take trust back from these bytes; asks for the name',
    examples: ['packs revoke linux-core@1.0.0 --expect sha256:9a64… --confirm "linux-core v1.0.0"'],
    flags: (command) => command.option('--expect <hash>', 'the trusted hash that you looked at, in full'),
    async run(context, { expect }, ref) {
      checkExpected(context, expect);
      const version = await context.call(getPackVersion, { params: { id: ref ?? '' } });
      const hash = version.trusted_hash;
      if (hash === null) throw new Refusal('nothing_to_revoke');
      if (expect !== undefined && expect !== hash) throw new Refusal('pack_moved');
      const consequence = `${version.trusted_actions.length} actions of ${hash} can no longer be started on any runner; trusting the same bytes again restores them`;
      await context.confirm({ consequence, typedName: decisionName(version) });
      const parts = { params: { id: version.id }, body: { expected_hash: hash } };
      const after = await context.call(revokePackVersion, parts);
      await context.print.outcome(after, `${decisionName(after)} is ${after.state}; ${hash} is not trusted`);
    },
  });
}

function addDeleteVerb(parent: Command, runner: VerbRunner): void {
  addVerb(parent, runner, {
    usage: 'delete <pack>',
    summary: 'forget a version and the trust in it; asks for the name',
    examples: ['packs delete linux-core@1.0.0 --confirm "linux-core v1.0.0"'],
    async run(context, _options, ref) {
      const version = await context.call(getPackVersion, { params: { id: ref ?? '' } });
      const then =
        version.runners_count > 0
          ? `; ${version.runners_count} runners still carry it, so it waits for a new decision`
          : '';
      const consequence = `${decisionName(version)} is forgotten with the trust in it${then}`;
      await context.confirm({ consequence, typedName: decisionName(version) });
      const gone = await context.call(deletePackVersion, { params: { id: version.id } });
      await context.print.outcome(gone, `${decisionName(version)} is deleted`);
    },
  });
}

function decisionName({ pack_id, version }: PackVersion): string {
  return `${pack_id} v${version}`;
}

/** The version with the hash that was looked at still waiting; refuses when it moved (TR3). */
async function waiting(
  context: VerbContext,
  ref: string,
  expect: string | undefined,
): Promise<PackVersionDetail> {
  checkExpected(context, expect);
  const version = await context.call(getPackVersion, { params: { id: ref } });
  if (version.pending_hash === null) throw new Refusal('nothing_to_trust');
  if (expect !== undefined && expect !== version.pending_hash) throw new Refusal('pack_moved');
  return version;
}

function checkExpected({ io }: VerbContext, expect: string | undefined): void {
  if (expect === undefined && io.stdin.isTTY !== true) {
    throw new UsageError(
      'Nothing was changed: say which bytes are meant with --expect HASH, as `packs show` prints it',
    );
  }
  if (expect !== undefined && !PACK_HASH.test(expect)) {
    throw new UsageError('Cannot read --expect: it must be sha256: and 64 lower-case hex digits');
  }
}

async function decide(
  { call }: VerbContext,
  version: PackVersionDetail,
  verb: 'trust' | 'reject',
): Promise<PackVersion> {
  const parts = { params: { id: version.id }, body: { expected_hash: version.pending_hash ?? '' } };
  return verb === 'trust' ? call(trustPackVersion, parts) : call(rejectPackVersion, parts);
}
