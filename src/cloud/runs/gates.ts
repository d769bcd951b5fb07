// The gates of a dispatch in their order (operator model A9), for each runner that was named. Nothing is
// written here; dispatch.ts makes runs of what passes.
import { refusalEntry, type RefusalCode } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { reachesPack, type Scoped } from '../../protocol/scope.ts';
import type { KnownContract, Offer } from '../packs/offers.ts';
import type { PolicyBook, ScopedVerdict } from '../policy/book.ts';
import { blockOfRunner } from '../runners/runner-block.ts';
import { admitByGrants } from './grant-gate.ts';
import { argumentFault, maskArguments, type RunArguments } from './run-arguments.ts';
import type { RunParts } from './run-parts.ts';
import { selectTargets, type Sql, type Target } from './store.ts';

export interface Intent extends Scoped {
  actionId: string;
  /** Whose standing grants may let it out; null for a call without a token. */
  tokenId: string | null;
  runners: readonly string[];
  group: string | null;
  labels: Readonly<Record<string, string>> | null;
  args: RunArguments;
}

export interface Verdict {
  runnerId: string;
  runnerName: string;
  /** What a run is made of; null when it was stopped before policy. */
  passed: { offer: Offer; contract: KnownContract; argsShown: string; policy: ScopedVerdict } | null;
  refusal: { code: RefusalCode; detail: string; fix: string } | null;
  /** The standing grant that lets it out where policy wants an approval. */
  grantId: string | null;
}

/** One verdict a runner, in the order of names; runners that nobody knows come last. */
export async function judgeDispatch(parts: RunParts, sql: Sql, intent: Intent): Promise<Verdict[]> {
  const targets = await findTargets(sql, intent);
  const runnerIds = targets.found.map((target) => target.id);
  const { accountId, actionId, reach } = intent;
  // An action of a pack out of reach is as absent as one that the host lacks.
  const offered = (await parts.offers.find(sql, { accountId, runnerIds, actionId })).filter(({ packId }) =>
    reachesPack(reach, packId),
  );
  const offers = new Map(offered.map((offer) => [offer.runnerId, offer]));
  const contracts = await parts.offers.contracts(
    sql,
    [...offers.values()].map((offer) => offer.contractDigest),
  );
  const book = await parts.policy.read(sql, accountId, targets.found.map(policyRunner));
  const check = contractChecker(intent);
  const verdicts = targets.found.map((target) => {
    const offer = offers.get(target.id);
    return judgeTarget({
      target,
      offer,
      contract: contracts.get(offer?.contractDigest ?? ''),
      check,
      book,
    });
  });
  const unknown = targets.unknown.map((name) =>
    refuse({ id: name, name: bounded(name, 128) }, 'runner_not_found'),
  );
  return [...(await admitByGrants(parts, sql, intent, verdicts)), ...unknown];
}

async function findTargets(sql: Sql, intent: Intent) {
  const { runners, group, labels } = intent;
  const candidates = await selectTargets(sql, intent, runners, { group, labels });
  // An id wins over a runner that is named like it.
  const named = new Map(candidates.map((target) => [target.name, target]));
  const byId = new Map(candidates.map((target) => [target.id, target]));
  const unknown = runners.filter((ref) => !byId.has(ref) && !named.has(ref));
  if (group !== null || labels !== null) return { found: candidates, unknown };
  const wanted = new Set(runners.map((ref) => byId.get(ref) ?? named.get(ref)));
  return { found: candidates.filter((target) => wanted.has(target)), unknown: [...new Set(unknown)] };
}

type Checked = { fault: string; argsShown: null } | { fault: null; argsShown: string };

// A group mostly shares one contract: its arguments are checked once.
function contractChecker({ args }: Intent): (contract: KnownContract) => Checked {
  const known = new Map<KnownContract, Checked>();
  return (contract) => {
    const before = known.get(contract);
    if (before) return before;
    const fault = argumentFault(contract.args, args);
    const checked: Checked = fault
      ? { fault: fault.sentence, argsShown: null }
      : { fault: null, argsShown: maskArguments(contract.args, args) };
    known.set(contract, checked);
    return checked;
  };
}

interface Judged {
  target: Target;
  offer: Offer | undefined;
  contract: KnownContract | undefined;
  check: (contract: KnownContract) => Checked;
  book: PolicyBook;
}

function judgeTarget({ target, offer, contract, check, book }: Judged): Verdict {
  const block = blockOfRunner(target);
  if (block !== null) return refuse(target, block);
  if (!offer || !contract) return refuse(target, 'action_not_found');
  if (offer.blockedBy === 'action_unavailable') {
    const missing = offer.missingExecutable ?? 'the program';
    return refuse(target, 'action_unavailable', `Cannot dispatch: ${missing} is missing on the host`);
  }
  if (offer.blockedBy) return refuse(target, offer.blockedBy);
  const checked = check(contract);
  if (checked.fault !== null)
    return refuse(target, 'invalid_arguments', `Cannot dispatch: ${bounded(checked.fault, 500)}`);
  const policy = book.decide(policyRunner(target), contract.descriptor);
  const passed = { offer, contract, argsShown: checked.argsShown, policy };
  const refusal = refusalOfPolicy(target, policy);
  return { runnerId: target.id, runnerName: target.name, passed, refusal, grantId: null };
}

function policyRunner({ id, group_name }: Target) {
  return { id, group: group_name };
}

function refusalOfPolicy(target: Target, { decision, rule, scope }: ScopedVerdict): Verdict['refusal'] {
  if (decision === 'allow') return null;
  if (decision === 'require_approval') return refuse(target, 'approval_required').refusal;
  const whose = scope.kind === 'account' ? 'the account' : `this ${scope.kind}`;
  return refuse(
    target,
    'denied_by_policy',
    `Cannot dispatch: the policy of ${whose} denies it by its rule "${rule}"`,
  ).refusal;
}

function refuse({ id, name }: { id: string; name: string }, code: RefusalCode, detail?: string): Verdict {
  const { sentence, fix } = refusalEntry(code);
  const refusal = { code, detail: detail ?? sentence, fix };
  return { runnerId: id, runnerName: name, passed: null, refusal, grantId: null };
}
