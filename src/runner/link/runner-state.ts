// What this host advertises: who it is, its packs, and every action that its own admission rules let through.
import type { Action } from '../../packs/action.ts';
import { describeAction, primaryExecutable, type ActionDescriptor } from '../../packs/descriptor.ts';
import type { PackSet } from '../../packs/load.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import { isExecutable } from '../host/executables.ts';

export interface HostFacts {
  readonly version: string;
  readonly hostname: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The PATH that actions get. */
  readonly searchPath: string;
  /** Whom this host believes, where it runs signed dispatches only. */
  readonly signing: {
    readonly authorities: readonly { readonly caId: string }[];
    readonly maxAgeMs: number;
  } | null;
  /** What admission says of an action. */
  isAdmitted(action: Action): boolean;
}

export interface RunnerState {
  readonly type: 'runner_state';
  readonly protocol_version: typeof PROTOCOL_VERSION;
  readonly version: string;
  readonly hostname?: string;
  readonly group: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly packs?: Readonly<Record<string, { readonly version: string; readonly hash: string }>>;
  readonly actions: readonly ActionDescriptor[] | null;
  readonly enforce_signatures?: true;
  readonly signing_ca_ids?: readonly string[];
  readonly max_attestation_age_seconds?: number;
  readonly degraded_packs?: readonly { readonly pack: string; readonly reason: string }[];
}

const DEGRADED_PACKS = 32;
const REASON_BYTES = 500;

/**
 * The runner_state message of this moment. `hindrance` is what keeps this host from running anything: then it
 * offers no action, and says why in the place that is shown for packs that could not be loaded.
 */
export function describeRunner(facts: HostFacts, set: PackSet, hindrance: string | null = null): RunnerState {
  const actions = hindrance === null ? describeActions(facts, set) : [];
  const degraded = describeDegraded(set, hindrance);
  const packs = Object.fromEntries(
    set.packs.map((pack) => [pack.manifest.id, { version: pack.manifest.version, hash: pack.hash }]),
  );
  return {
    type: 'runner_state',
    protocol_version: PROTOCOL_VERSION,
    version: facts.version,
    ...(facts.hostname === '' ? {} : { hostname: facts.hostname.slice(0, 255) }),
    group: facts.group,
    ...(Object.keys(facts.labels).length === 0 ? {} : { labels: facts.labels }),
    ...(set.packs.length === 0 ? {} : { packs }),
    // Absent actions are spelled null on this wire.
    actions: actions.length === 0 ? null : actions,
    ...describeSigning(facts),
    ...(degraded.length === 0 ? {} : { degraded_packs: degraded }),
  };
}

function describeSigning({ signing }: HostFacts) {
  if (signing === null) return {};
  return {
    enforce_signatures: true as const,
    signing_ca_ids: signing.authorities.map(({ caId }) => caId).toSorted(),
    max_attestation_age_seconds: Math.floor(signing.maxAgeMs / 1_000),
  };
}

function describeActions(facts: HostFacts, set: PackSet): ActionDescriptor[] {
  return [...set.actions.values()]
    .filter(({ action }) => facts.isAdmitted(action))
    .sort((a, b) => (a.action.id < b.action.id ? -1 : 1))
    .map(({ action, packId }) =>
      describeAction(action, packId, isExecutable(primaryExecutable(action), facts.searchPath)),
    );
}

function describeDegraded(set: PackSet, hindrance: string | null): { pack: string; reason: string }[] {
  const host = hindrance === null ? [] : [{ pack: 'emisar', reason: hindrance }];
  return [...host, ...set.degraded]
    .slice(0, DEGRADED_PACKS)
    .map(({ pack, reason }) => ({ pack: pack.slice(0, 80), reason: cutToBytes(reason, REASON_BYTES) }));
}

function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let cut = text;
  while (Buffer.byteLength(cut) > limit - 3) cut = cut.slice(0, -1);
  return `${cut.toWellFormed()}…`;
}
