// What `emisar-cloud doctor` looks at, one check each. None changes anything, and none stops the others; all of
// them work beside a running server.
import { existsSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { guarded, type Check, type Finding } from '../../doctor/report.ts';
import { auditFaults, verifyAudit } from '../audit/verify.ts';
import { certificateEnd, type ServeConfig } from '../config.ts';
import { LOCK_NAME, STORE_NAME, holdDataDir } from '../database/data-dir.ts';
import { SCHEMA_VERSION } from '../database/migrations.ts';
import { lookAtStore, type LookedAt } from '../database/store-copy.ts';
import type { Serving } from './admin.ts';

const DAY_MS = 86_400_000;
const CERTIFICATE_SOON_MS = 14 * DAY_MS;
const CLOCKS_MAY_DIFFER_MS = 5_000;
const LITTLE_ROOM_BYTES = 1_000_000_000;
const NO_ROOM_BYTES = 100_000_000;
const ANSWER_WITHIN_MS = 5_000;

/** What only a running server, or its flags, can say. */
export interface Surroundings {
  dataDir: string;
  serving: Serving | null;
  /** Flags of `serve`, checked; null when none was given. */
  config: ServeConfig | null;
  now: number;
}

export async function checkPlace({ dataDir, serving, config, now }: Surroundings): Promise<Check[]> {
  return [
    await guarded('data dir', () => checkModes(dataDir)),
    await guarded('server', () => checkServer(dataDir, serving)),
    await guarded('disk', () => checkRoom(dataDir)),
    ...(config === null || serving !== null ? [] : [await guarded('listen', () => checkPort(config))]),
    await guarded('public url', () => checkPublicUrl(serving?.public_url ?? config?.publicUrl ?? null)),
    await guarded('tls', () => checkTls(serving, config, now)),
  ];
}

/** Of the embedded store. */
export async function checkStore(dataDir: string, now: number): Promise<Check[]> {
  const file = join(dataDir, STORE_NAME);
  if (!existsSync(file)) {
    const detail = `nothing was set up in ${dataDir}; run emisar-cloud init`;
    return [{ name: 'store', status: 'fail', detail }];
  }
  const store = lookAtStore(file);
  try {
    return [
      await guarded('store', () => checkWhole(store, file)),
      await guarded('schema', () => schemaFinding(store.schema())),
      ...(await checkHistory(store, schemaOf(store), now)),
    ];
  } finally {
    await store.close();
  }
}

/** The record of what was done, in either store; one of another schema cannot be read yet. */
export async function checkHistory(
  store: Pick<LookedAt, 'read'>,
  schema: number | null,
  now: number,
): Promise<Check[]> {
  if (schema !== SCHEMA_VERSION) return [];
  return [
    await guarded('audit', () => checkAudit(store)),
    await guarded('clock', () => checkClock(store, now)),
  ];
}

function schemaOf(store: LookedAt): number | null {
  try {
    return store.schema();
  } catch {
    // Said by the check of the schema itself.
    return null;
  }
}

export function schemaFinding(version: number): Finding {
  if (version === SCHEMA_VERSION) return { status: 'ok', detail: `version ${version}` };
  const detail = `version ${version}; the next serve brings it to ${SCHEMA_VERSION}, so back up first`;
  return { status: 'warn', detail };
}

function checkModes(dataDir: string): Finding {
  const open = ['', ...readdirSync(dataDir)]
    .map((name) => join(dataDir, name))
    .filter((path) => (statSync(path).mode & 0o077) !== 0);
  if (open.length === 0) return { status: 'ok', detail: `${dataDir} is for its owner alone` };
  return { status: 'fail', detail: `others may read ${open.join(', ')}; run chmod go= on it` };
}

function checkServer(dataDir: string, serving: Serving | null): Finding {
  if (serving) return { status: 'ok', detail: `serves at ${serving.url}` };
  // A moment is enough to know that nobody holds it. Without its file there is no lock to be held.
  if (existsSync(join(dataDir, LOCK_NAME))) holdDataDir(dataDir).release();
  return { status: 'warn', detail: 'none runs on this data directory' };
}

function checkRoom(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  const room = bavail * bsize;
  const detail = `${(room / 1_000_000_000).toFixed(1)} GB free in ${dataDir}`;
  return { status: room < NO_ROOM_BYTES ? 'fail' : room < LITTLE_ROOM_BYTES ? 'warn' : 'ok', detail };
}

async function checkPort({ listen: { host, port } }: ServeConfig): Promise<Finding> {
  const server = createServer();
  const because = await new Promise<string | null>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => resolve(null));
  });
  server.close();
  if (because === null) return { status: 'ok', detail: `${host}:${port} is free` };
  return { status: 'fail', detail: `${host}:${port} cannot be used: ${because}` };
}

async function checkPublicUrl(url: string | null): Promise<Finding> {
  if (url === null)
    return { status: 'ok', detail: 'none: links and commands name the address it listens on' };
  try {
    const answer = await fetch(`${url}/healthz`, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (answer.ok) return { status: 'ok', detail: `${url} answers` };
    return { status: 'fail', detail: `${url}/healthz answers ${answer.status}` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const because = cause instanceof Error ? cause.message : String(cause);
    return { status: 'warn', detail: `${url} cannot be reached from here: ${because}` };
  }
}

function checkTls(serving: Serving | null, config: ServeConfig | null, now: number): Finding {
  const endsAt = serving ? serving.tls_expires_at : config?.tls ? certificateEnd(config.tls.cert) : null;
  if (endsAt === null) return { status: 'ok', detail: 'not its own: loopback, or a proxy speaks it' };
  const days = Math.floor((endsAt - now) / DAY_MS);
  const detail = `certificate until ${new Date(endsAt).toISOString().slice(0, 10)}, ${days} days`;
  return { status: endsAt <= now ? 'fail' : endsAt - now < CERTIFICATE_SOON_MS ? 'warn' : 'ok', detail };
}

function checkWhole(store: LookedAt, file: string): Finding {
  const fault = store.fault('quick');
  const size = `${(statSync(file).size / 1_000_000).toFixed(1)} MB`;
  if (fault === null) return { status: 'ok', detail: `${file}, ${size}, whole` };
  return { status: 'fail', detail: `${file} is damaged: ${fault}; restore a backup` };
}

async function checkAudit(store: Pick<LookedAt, 'read'>): Promise<Finding> {
  const proofs = await verifyAudit(store);
  const broken = proofs.find(({ fault }) => fault !== null);
  const events = proofs.reduce((sum, proof) => sum + proof.events, 0);
  if (!broken?.fault) return { status: 'ok', detail: `${events} events, chain intact` };
  return { status: 'fail', detail: `event ${broken.fault.seq} ${auditFaults[broken.fault.what]}` };
}

async function checkClock({ read }: Pick<LookedAt, 'read'>, now: number): Promise<Finding> {
  const row = await read
    .selectFrom('audit_events')
    .select((eb) => eb.fn.max('occurred_at').as('at'))
    .executeTakeFirst();
  const aheadMs = Number(row?.at ?? 0) - now;
  if (aheadMs <= CLOCKS_MAY_DIFFER_MS) return { status: 'ok', detail: new Date(now).toISOString() };
  const detail = `it is ${Math.round(aheadMs / 1_000)} s before the newest event of the trail`;
  return { status: 'warn', detail: `${detail}; set the time of this machine` };
}
