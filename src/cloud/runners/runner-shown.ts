// A stored runner as operators see it, joined with who is present.
import type { Runner, RunnerPack, RunnerToken } from '../../protocol/api/runners.ts';
import { shownState } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { badgeOf, disconnectSentence, runnerStateOf, type RunnerState } from '../../protocol/runner.ts';
import { versionClassOf, type VersionPolicy } from '../../protocol/runner-version.ts';
import { instant } from '../clock.ts';
import type * as store from './fleet-store.ts';
import type { Presence } from './presence.ts';
import type { tokensOf } from './token-store.ts';

/** What is known beside the store. */
export interface Known {
  readonly presence: Presence;
  readonly versions: VersionPolicy;
  /** What waits for people: a badge, and approvals' business. */
  readonly pendingApprovals: (asked: Scoped) => Promise<number>;
}

export function shownToken(token: Awaited<ReturnType<typeof tokensOf>>[number]): RunnerToken {
  return {
    id: token.id,
    prefix: token.prefix,
    issued_at: instant(token.issued_at),
    expires_at: instant(token.expires_at),
    last_used_at: instant(token.last_used_at),
    revoked_at: instant(token.revoked_at),
    enrollment_key_id: token.issued_via_key_id,
  };
}

export function stateOf(row: store.FleetRow, presence: Presence): RunnerState {
  return runnerStateOf({
    disabled: row.disabled_at !== null,
    revoked: row.revoked_at !== null,
    connected: presence.isOnline(row.id),
    everConnected: row.last_connected_at !== null,
  });
}

export function badgeOfRow(row: store.FleetRow, presence: Presence) {
  const state = stateOf(row, presence);
  return badgeOf({ state, stale: presence.isStale(row.id), held: row.held_at !== null });
}

export function shownRunner(
  row: store.FleetRow,
  { presence, versions }: Known,
  packs: { packs: number; pending: number } | undefined,
  unfinished: number,
): Runner {
  const state = stateOf(row, presence);
  const present = state === 'online' ? presence.find(row.id) : null;
  const conflict = presence.conflictOf(row.id);
  return {
    id: row.id,
    name: row.name,
    group: row.group_name,
    hostname: row.hostname,
    labels: row.labels === '{}' ? {} : (JSON.parse(row.labels) as Record<string, string>),
    version: row.version,
    version_class: versionClassOf(row.version, versions),
    state,
    stale: present !== null && presence.isStale(row.id),
    registered_at: instant(row.registered_at),
    last_heartbeat_at: instant(present ? present.heardAt : row.last_heartbeat_at),
    last_connected_at: instant(row.last_connected_at),
    last_disconnected_at: instant(row.last_disconnected_at),
    disconnect_note: present ? null : disconnectNote(row.last_disconnect_reason),
    action_load: present?.load ?? 0,
    unfinished_runs: unfinished,
    packs_count: packs?.packs ?? 0,
    packs_pending: packs?.pending ?? 0,
    degraded_count: degradedOf(row.degraded_packs).length,
    signed_only: row.signed_only === 1,
    held: row.held_at !== null,
    conflict: conflict ? { addresses: conflict.addresses, at: instant(conflict.at) } : null,
    reenrolled_at: instant(row.reenrolled_at),
  };
}

/** What an operator did says the state itself; only what the host or the line did is worth a note. */
function disconnectNote(reason: string | null): string | null {
  return reason === 'runner_disabled' || reason === 'runner_revoked' ? null : disconnectSentence(reason);
}

export function degradedOf(text: string): { pack: string; reason: string }[] {
  return text === '[]' ? [] : (JSON.parse(text) as { pack: string; reason: string }[]);
}

export function shownPack(row: Awaited<ReturnType<typeof store.packsOf>>[number]): RunnerPack {
  return {
    pack_id: row.pack_id,
    version: row.version,
    hash: row.hash,
    pack_version_id: row.pack_version_id,
    trust: trustIn(row),
    actions_count: Number(row.actions_count ?? 0),
  };
}

function trustIn(row: Awaited<ReturnType<typeof store.packsOf>>[number]): RunnerPack['trust'] {
  if (row.state === null) return 'unknown';
  if (row.hash !== row.trusted_hash) return row.state === 'pending' ? 'pending' : 'rejected';
  const { retired_at: retiredAt, retirement_overridden_at: overriddenAt } = row;
  return shownState('trusted', { retiredAt, overriddenAt });
}
