// Trust for whatever waits for it, given to exactly the hash that is shown.
import type { Api } from '../../src/console/client/api.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';

export async function trustPending(api: Api): Promise<void> {
  const { items } = await api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash: hash } of items) {
    if (hash !== null) await api.call(trustPackVersion, { params: { id }, body: { expected_hash: hash } });
  }
}
