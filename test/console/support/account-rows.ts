// Rows of the account itself: its rules, its catalogue, devices that wait; a test names only what it is about.
import type { CatalogueAction } from '../../../src/protocol/api/actions.ts';
import type { Device } from '../../../src/protocol/api/devices.ts';
import type { AccountPolicy } from '../../../src/protocol/api/policy.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import { AT } from './rows.ts';

export function catalogueAction(id: string, change: Partial<CatalogueAction> = {}): CatalogueAction {
  return {
    id,
    pack_id: 'linux-core',
    title: `Does ${id}`,
    summary: 'What it does in one line',
    kind: 'exec',
    risk: 'low',
    pack_versions: ['1.0.0'],
    runners_count: 1,
    ready_count: 1,
    queueable_count: 0,
    blocked: [],
    approval_count: 0,
    ...change,
  };
}

export const policy: AccountPolicy = {
  scope: { kind: 'account', ref: null, name: 'account' },
  version: 1,
  rules: { ...defaultPolicy, overrides: [{ name: 'logs', action: '*_log', decision: 'allow' }] },
  updated_at: AT,
  updated_by: 'mara',
  scopes: [],
};

export const device: Device = {
  id: 'dev_1',
  name: 'laptop',
  address: '10.0.0.4',
  requested_at: AT,
  expires_at: '2999-01-01T00:00:00.000Z',
};
