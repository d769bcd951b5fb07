// What an account settles about its packs, for all of them: who reaches only some may not.
import { Refusal } from '../../protocol/errors.ts';
import type { AutoTrust } from '../../protocol/pack-trust.ts';
import type { Audit } from '../audit/audit.ts';
import type { Database } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { selectPackSettings, updateAutoTrust, updateRetention } from './settings-store.ts';

export interface PackSettings {
  autoTrust(accountId: string): Promise<AutoTrust>;
  /** For what is seen from then on. Refuses `insufficient_privileges`. */
  setAutoTrust(caller: Caller, autoTrust: AutoTrust): Promise<AutoTrust>;
  retentionDays(accountId: string): Promise<number | null>;
  /** Refuses `insufficient_privileges`. */
  setRetentionDays(caller: Caller, days: number | null): Promise<number | null>;
}

export function createPackSettings({ database, audit }: { database: Database; audit: Audit }): PackSettings {
  const read = (accountId: string) => selectPackSettings(database.read, accountId);
  return {
    autoTrust: async (accountId) => (await read(accountId)).autoTrust,
    setAutoTrust: async (caller, autoTrust) => {
      checkReach(caller);
      const { accountId, actor } = caller;
      await database.write(async (tx) => {
        const before = await selectPackSettings(tx.sql, accountId);
        if (!(await updateAutoTrust(tx.sql, accountId, autoTrust))) return;
        const payload = { pack_auto_trust: autoTrust, previous: before.autoTrust };
        await audit.record(tx, { accountId, actor, event: 'pack_auto_trust_set', payload });
      });
      return autoTrust;
    },
    retentionDays: async (accountId) => (await read(accountId)).retentionDays,
    setRetentionDays: async (caller, days) => {
      checkReach(caller);
      const { accountId, actor } = caller;
      await database.write(async (tx) => {
        const before = await selectPackSettings(tx.sql, accountId);
        if (!(await updateRetention(tx.sql, accountId, days))) return;
        const payload = { days, previous: before.retentionDays };
        await audit.record(tx, { accountId, actor, event: 'pack_retention_set', payload });
      });
      return days;
    },
  };
}

function checkReach({ reach }: Caller): void {
  if (reach.packs === 'all') return;
  throw new Refusal(
    'insufficient_privileges',
    'Cannot change this setting: it decides about more packs than you reach',
  );
}
