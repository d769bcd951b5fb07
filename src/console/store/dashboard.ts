// One glance: what waits for people, what failed lately, which groups are in trouble. Pure; the clock comes in.
import type { Approval } from '../../protocol/api/approvals.ts';
import type { Device } from '../../protocol/api/devices.ts';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Run } from '../../protocol/api/runs.ts';
import type { RunStatus } from '../../protocol/run.ts';
import { selectGroups, type GroupRow } from './groups.ts';
import { byInstant, byText } from './list-selector.ts';
import { needsDecision } from './packs.ts';
import type { ConsoleState } from './state.ts';

export const FAILED_WITHIN_MS = 3_600_000;
/** So many of each kind that waits; their own screens have all. */
export const SHOWN_OF_EACH = 5;
export const RUNS_SHOWN = 8;

const bad: ReadonlySet<RunStatus> = new Set([
  'failed',
  'error',
  'timed_out',
  'validation_failed',
  'unknown_action',
  'refused',
]);

export type DashboardRow =
  | { readonly id: string; readonly kind: 'approval'; readonly approval: Approval }
  | { readonly id: string; readonly kind: 'pack'; readonly version: PackVersion }
  | { readonly id: string; readonly kind: 'device'; readonly device: Device }
  | { readonly id: string; readonly kind: 'run'; readonly run: Run }
  | { readonly id: string; readonly kind: 'group'; readonly group: GroupRow };

export interface Dashboard {
  readonly waiting: readonly DashboardRow[];
  /** How many more of each kind wait. */
  readonly moreWaiting: number;
  readonly failed: readonly DashboardRow[];
  /** Of how many runs that ended within the hour how many failed. */
  readonly endedCount: number;
  readonly failedCount: number;
  readonly groups: readonly DashboardRow[];
}

type Known = Pick<ConsoleState, 'approvals' | 'packVersions' | 'runs' | 'runners'>;

export function dashboardOf(known: Known, devices: readonly Device[], now: number): Dashboard {
  const approvals = [...known.approvals.values()]
    .filter(({ status }) => status === 'pending')
    .toSorted((a, b) => byText(a.expires_at, b.expires_at));
  const packs = [...known.packVersions.values()]
    .filter(needsDecision)
    .toSorted((a, b) => Number(b.drifted) - Number(a.drifted) || byText(a.pack_id, b.pack_id));
  const kinds: DashboardRow[][] = [
    devices.map((device) => ({ id: device.id, kind: 'device', device })),
    approvals.map((approval) => ({ id: approval.id, kind: 'approval', approval })),
    packs.map((version) => ({ id: version.id, kind: 'pack', version })),
  ];
  const ended = [...known.runs.values()].filter(
    ({ finished_at: at }) => at !== null && Date.parse(at) > now - FAILED_WITHIN_MS,
  );
  const failed = ended
    .filter(({ status }) => bad.has(status))
    .toSorted((a, b) => byInstant(a.finished_at, b.finished_at));
  return {
    waiting: kinds.flatMap((rows) => rows.slice(0, SHOWN_OF_EACH)),
    moreWaiting: kinds.reduce((sum, rows) => sum + Math.max(0, rows.length - SHOWN_OF_EACH), 0),
    failed: failed.slice(0, RUNS_SHOWN).map((run) => ({ id: run.id, kind: 'run', run })),
    endedCount: ended.length,
    failedCount: failed.length,
    groups: selectGroups(known)
      .toSorted((a, b) => a.worst - b.worst || byText(a.name, b.name))
      .map((group) => ({ id: `group ${group.name}`, kind: 'group', group })),
  };
}
