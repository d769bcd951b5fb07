// `emisar-console packs trust|reject|…`: decisions about exactly the bytes that were looked at (TR3).
import type { Command } from 'commander';
import {
  deletePack,
  deletePackVersion,
  getPack,
  getPackVersion,
  overridePackRetirement,
  rejectPackVersion,
  revokePackVersion,
  trustPackVersion,
  type PackVersion,
  type PackVersionDetail,
} from '../../protocol/api/packs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { needsTypedName } from '../../protocol/pack-diff.ts';
import { PACK_HASH } from '../../protocol/pack-trust.ts';
import { UsageError } from './confirmation.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface DecisionOptions {
  readonly expect?: string;
}

export function addPackDecisionVerbs(parent: Command, runner: VerbRunner): void {
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
      const next = after.state === 'pending' ? `; other bytes wait: ${after.pending_hash ?? ''}` : '';
      const retired = after.state === 'retired' ? '; it is retired and does not run' : '';
      await context.print.outcome(
        after,
        `${decisionName(after)} is trusted: ${after.trusted_hash ?? ''}${next}${retired}`,
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
        `${decisionName(after)} is ${after.state}; ${version.pending_hash ?? ''} is refused`,
      );
    },
  });
  addRevokeVerb(parent, runner);
  addOverrideVerb(parent, runner);
  addDeleteVerb(parent, runner);
}

function addRevokeVerb(parent: Command, runner: VerbRunner): void {
  addVerb<DecisionOptions>(parent, runner, {
    usage: 'revoke-trust <pack>',
    summary: 'take trust back from these bytes; asks for the name',
    examples: ['packs revoke-trust linux-core@1.0.0 --expect sha256:9a64… --confirm "linux-core v1.0.0"'],
    flags: (command) => command.option('--expect <hash>', 'the trusted hash that you looked at, in full'),
    async run(context, { expect }, ref) {
      const { version, hash } = await trusted(context, ref ?? '', expect);
      if (hash === null) throw new Refusal('nothing_to_revoke');
      const consequence = `${version.trusted_actions.length} actions of ${hash} can no longer be started on any runner; trusting the same bytes again restores them`;
      await context.confirm({ consequence, typedName: decisionName(version) });
      const parts = { params: { id: version.id }, body: { expected_hash: hash } };
      const after = await context.call(revokePackVersion, parts);
      await context.print.outcome(after, `${decisionName(after)} is ${after.state}; ${hash} is not trusted`);
    },
  });
}

function addOverrideVerb(parent: Command, runner: VerbRunner): void {
  addVerb<DecisionOptions>(parent, runner, {
    usage: 'override <pack>',
    summary: 'let a retired version run all the same, in exactly its trusted bytes',
    examples: ['packs override linux-core@1.0.0 --expect sha256:9a64… --yes'],
    flags: (command) => command.option('--expect <hash>', 'the trusted hash that you looked at, in full'),
    async run(context, { expect }, ref) {
      const { version, hash } = await trusted(context, ref ?? '', expect);
      if (hash === null || version.state !== 'retired') throw new Refusal('nothing_to_override');
      const consequence = `${version.trusted_actions.length} actions of ${hash} could be started again on ${version.runners_count} runners, although a security release replaced them`;
      await context.confirm({ consequence, typedName: null });
      const parts = { params: { id: version.id }, body: { expected_hash: hash } };
      const after = await context.call(overridePackRetirement, parts);
      await context.print.outcome(after, `${decisionName(after)} may run although it is retired`);
    },
  });
}

/** The version, and the hash that is trusted of it; refuses `pack_moved` when it is not the one that was looked at. */
async function trusted(
  context: VerbContext,
  ref: string,
  expect: string | undefined,
): Promise<{ version: PackVersionDetail; hash: string | null }> {
  checkExpected(context, expect);
  const version = await context.call(getPackVersion, { params: { id: ref } });
  const hash = version.trusted_hash;
  if (hash !== null && expect !== undefined && expect !== hash) throw new Refusal('pack_moved');
  return { version, hash };
}

function addDeleteVerb(parent: Command, runner: VerbRunner): void {
  addVerb(parent, runner, {
    usage: 'delete <pack>',
    summary: 'forget a version, or every version of a pack, and the trust in it; asks for the name',
    examples: [
      'packs delete linux-core@1.0.0 --confirm "linux-core v1.0.0"',
      'packs delete linux-core --confirm linux-core',
    ],
    run: (context, _options, ref = '') =>
      isPackId(ref) ? deleteWhole(context, ref) : deleteOne(context, ref),
  });
}

async function deleteOne(context: VerbContext, ref: string): Promise<void> {
  const version = await context.call(getPackVersion, { params: { id: ref } });
  const name = decisionName(version);
  const consequence = `${name} is forgotten with the trust in it${whatComesBack(version.runners_count)}`;
  await context.confirm({ consequence, typedName: name });
  const gone = await context.call(deletePackVersion, { params: { id: version.id } });
  await context.print.outcome(gone, `${name} is deleted`);
}

async function deleteWhole(context: VerbContext, id: string): Promise<void> {
  const pack = await context.call(getPack, { params: { id } });
  const consequence = `${pack.versions_count} versions of ${id} are forgotten with the trust in them${whatComesBack(pack.runners_count)}`;
  await context.confirm({ consequence, typedName: id });
  const gone = await context.call(deletePack, { params: { id } });
  await context.print.outcome(gone, `${id} is deleted: ${gone.versions.join(' ')}`);
}

function whatComesBack(runners: number): string {
  return runners > 0 ? `; ${runners} runners still carry it, so it waits for a new decision` : '';
}

/** `linux-core` is a pack, `linux-core@1.0.0` and `pkv_…` are versions. */
export function isPackId(ref: string): boolean {
  return !ref.includes('@') && !ref.startsWith('pkv_');
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
