// `emisar-cloud doctor`: everything that has to be right before and while it serves, each on one line.
import { guarded, reportOf, type Check, type Report } from '../../doctor/report.ts';
import { systemClock } from '../clock.ts';
import { readServeConfig, type ServeFlags } from '../config.ts';
import { probePostgres } from '../database/postgres-probe.ts';
import type { Serving } from './admin.ts';
import { askAdmin } from './admin-socket.ts';
import { checkHistory, checkPlace, checkStore, schemaFinding } from './doctor-checks.ts';

export type DoctorFlags = Omit<ServeFlags, 'listen'> & { listen?: string | undefined };

/** Never refuses: what keeps a check from being made is what it found. */
export async function examine(flags: DoctorFlags): Promise<Report> {
  const now = systemClock.now();
  const { dataDir, databaseUrl } = flags;
  let serving: Serving | null = null;
  const asked = await guarded('server', async () => {
    serving = (await askAdmin(dataDir, { verb: 'serving' }))?.serving ?? null;
    return { status: 'ok', detail: '' };
  });
  const config = readFlags(flags);
  const place = await checkPlace({ dataDir, serving, now, config: 'check' in config ? null : config.config });
  const store =
    databaseUrl === null ? await checkEmbedded(dataDir, now) : await checkPostgres(databaseUrl, now);
  return reportOf([
    ...(asked.status === 'ok' ? [] : [asked]),
    ...('check' in config ? [config.check] : []),
    ...place,
    ...store,
  ]);
}

function readFlags(
  flags: DoctorFlags,
): { config: ReturnType<typeof readServeConfig> | null } | { check: Check } {
  const { listen, publicUrl, tlsCert, tlsKey, behindProxy } = flags;
  if ([listen, publicUrl, tlsCert, tlsKey, behindProxy].every((flag) => flag === undefined))
    return { config: null };
  try {
    return { config: readServeConfig({ ...flags, listen: listen ?? '127.0.0.1:8443' }) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { check: { name: 'flags', status: 'fail', detail } };
  }
}

function nodesCheck(nodes: readonly string[]): Check {
  if (nodes.length === 0) return { name: 'nodes', status: 'warn', detail: 'none serves from it' };
  return { name: 'nodes', status: 'ok', detail: `${nodes.length} from it: ${nodes.join(', ')}` };
}

async function checkEmbedded(dataDir: string, now: number): Promise<Check[]> {
  try {
    return await checkStore(dataDir, now);
  } catch (error) {
    return [
      { name: 'store', status: 'fail', detail: error instanceof Error ? error.message : String(error) },
    ];
  }
}

async function checkPostgres(databaseUrl: string, now: number): Promise<Check[]> {
  try {
    const store = await probePostgres(databaseUrl);
    try {
      const apartS = Math.abs(store.now - now) / 1_000;
      return [
        { name: 'store', status: 'ok', detail: `${store.where}, version ${store.version}` },
        store.schema === null
          ? { name: 'schema', status: 'fail', detail: 'nothing was set up there; run emisar-cloud init' }
          : await guarded('schema', () => schemaFinding(store.schema ?? 0)),
        nodesCheck(store.nodes),
        {
          name: 'clocks',
          status: apartS > 5 ? 'warn' : 'ok',
          detail: `this machine and the store differ by ${apartS.toFixed(1)} s`,
        },
        ...(await checkHistory(store, store.schema, now)),
      ];
    } finally {
      await store.close();
    }
  } catch (error) {
    return [
      { name: 'store', status: 'fail', detail: error instanceof Error ? error.message : String(error) },
    ];
  }
}
