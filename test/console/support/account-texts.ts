// A stranger's texts in the account's own screens: a row for each, wherever it is free.
import { getAction, listActions } from '../../../src/protocol/api/actions.ts';
import type { Approval } from '../../../src/protocol/api/approvals.ts';
import { listDevices } from '../../../src/protocol/api/devices.ts';
import { getGrantCap, type Grant } from '../../../src/protocol/api/grants.ts';
import { getPolicy } from '../../../src/protocol/api/policy.ts';
import { catalogueAction, device, policy } from './account-rows.ts';
import type { ControlPlane } from './control-plane.ts';
import { approval, grant } from './decision-rows.ts';
import { HASH_A } from './rows.ts';

export function grantWith(text: string, index: number): Grant {
  return grant(`grt_${index}`, {
    action_id: text,
    runner_name: text,
    token_name: text,
    member_name: text,
    granted_by: text,
    args: { [text]: text },
  });
}

export function approvalWith(text: string, index: number): Approval {
  return approval(`apr_${index}`, {
    action_id: text,
    runner_name: text,
    requested_by: text,
    reason: text,
    token_name: text,
  });
}

export function serveAccountTexts(plane: ControlPlane, texts: readonly string[]): void {
  const all = texts.join(' ');
  const actions = texts.map((text) =>
    catalogueAction(text, { title: text, summary: text, pack_id: text, ready_count: 0, blocked: [] }),
  );
  plane.answer(listDevices, () => ({
    items: texts.map((text, index) => ({ ...device, id: `dev_${index}`, name: text, address: text })),
  }));
  plane.answer(listActions, () => ({ items: actions, next_cursor: null, total: actions.length }));
  plane.answer(getAction, () => ({
    ...catalogueAction('x.y', { title: all, summary: all, pack_id: all }),
    contracts: [],
    runners: {
      items: texts.map((text, index) => ({
        id: `rnr_${index}`,
        name: text,
        group: text,
        state: 'online' as const,
        pack_id: text,
        pack_version: text,
        pack_hash: HASH_A,
        blocked_by: 'missing_executable',
        missing_executable: text,
        policy: 'allow' as const,
      })),
      next_cursor: null,
      total: texts.length,
    },
  }));
  plane.answer(getGrantCap, () => ({ max_seconds: null }));
  plane.answer(getPolicy, () => ({
    ...policy,
    updated_by: all,
    scopes: texts.map((text) => ({
      scope: { kind: 'group' as const, ref: text, name: text },
      version: 1,
      updated_at: policy.updated_at ?? '',
    })),
  }));
}
