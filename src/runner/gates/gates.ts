// The order in which a dispatch is judged before anything runs: trust, admission, reason, arguments. Before
// all of them, where it is enforced, stands the signature (signature-gate.ts).
import { validateArguments, type ArgumentValues } from '../../packs/arguments.ts';
import { decodeExactJson, isExactObject, type ExactObject } from '../../packs/exact-json.ts';
import type { ActionInPack, PackSet } from '../../packs/load.ts';
import { diskPathResolver } from '../../packs/pack-directory.ts';
import type { EventType } from '../journal/event.ts';
import type { Admission } from './admission.ts';
import { trustFault, type TrustClaim } from './trust.ts';

export interface GateFacts extends TrustClaim {
  /** Empty for a local run, which is not bound to a pack hash. */
  readonly requestId: string;
  readonly actionId: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

export interface Gates {
  readonly packs: PackSet;
  readonly admission: Admission;
  readonly protectedRoots: readonly string[];
}

export interface GateRefusal {
  readonly passed: false;
  readonly status:
    | 'signature_invalid'
    | 'pack_hash_mismatch'
    | 'blocked_by_admission'
    | 'unknown_action'
    | 'validation_failed';
  readonly eventType: EventType;
  readonly reason: string;
  readonly detail: string;
  /** The action, when it is known and the dispatch was found to match it. */
  readonly found?: ActionInPack;
}
export type GateAnswer =
  | { readonly passed: true; readonly found: ActionInPack; readonly values: ArgumentValues }
  | GateRefusal;

/** Judges one dispatch. Reads the pack's files again; throws only for a bug. */
export function passGates(gates: Gates, facts: GateFacts): GateAnswer {
  const found = gates.packs.actions.get(facts.actionId);
  const mistrust = found && facts.requestId !== '' ? trustFault(found.pack, facts) : null;
  if (mistrust !== null) {
    return refusal('pack_hash_mismatch', 'dispatch_refused', mistrust);
  }
  const idFault = gates.admission.idFault(facts.actionId);
  if (idFault !== null) return blocked(facts.actionId, idFault, found);
  if (!found) {
    return refusal(
      'unknown_action',
      'validation_failed',
      `no loaded pack has the action ${shownId(facts.actionId)}`,
    );
  }
  const riskFault = gates.admission.riskFault(found.action.risk);
  if (riskFault !== null) return blocked(facts.actionId, riskFault, found);
  if (facts.reason.trim() === '') return invalid('reason required', found);
  return checkArguments(gates, facts, found);
}

function checkArguments(gates: Gates, facts: GateFacts, found: ActionInPack): GateAnswer {
  const checked = validateArguments(found.action.args, exactArguments(facts.args), {
    resolver: diskPathResolver,
    protectedRoots: gates.protectedRoots,
    cwd: found.action.execution.cwd,
  });
  if (checked.ok) return { passed: true, found, values: checked.values };
  return invalid(checked.message, found);
}

function invalid(detail: string, found: ActionInPack): GateAnswer {
  return { ...refusal('validation_failed', 'validation_failed', detail), reason: detail, found };
}

// Through text, because that is where the spelling of every number survives.
function exactArguments(args: Readonly<Record<string, unknown>>): ExactObject {
  const exact = decodeExactJson(JSON.stringify(args));
  if (!isExactObject(exact)) throw new Error('arguments are no object');
  return exact;
}

function blocked(actionId: string, fault: string, found: ActionInPack | undefined): GateRefusal {
  const answer = refusal(
    'blocked_by_admission',
    'action_blocked_by_admission',
    `${shownId(actionId)} ${fault}`,
  );
  return found ? { ...answer, found } : answer;
}

function refusal(status: GateRefusal['status'], eventType: EventType, detail: string): GateRefusal {
  return { passed: false, status, eventType, reason: status, detail };
}

function shownId(actionId: string): string {
  return actionId.slice(0, 128).replace(/[^ -~]/g, '?');
}
