// A control plane that serves: its store, its domains, its server and its timers, started and ended in order.
// Tests start here; flags and signals are main.ts's.
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, BlockList } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { RandomBytes } from '../protocol/ids.ts';
import { Refusal } from '../protocol/errors.ts';
import { defaultVersionPolicy, type VersionPolicy } from '../protocol/runner-version.ts';
import { createActions } from './actions/actions.ts';
import { actionRoutes } from './actions/routes.ts';
import { approvalRoutes } from './approvals/routes.ts';
import type { Clock } from './clock.ts';
import { isLoopback, PRODUCT, VERSION, type ListenAddress, type TlsFiles } from './config.ts';
import { createPostgresBus } from './database/bus.ts';
import { createWholeCalls } from './database/whole-calls.ts';
import { openDatabase, type Database } from './database/database.ts';
import { holdDataDir, STORE_NAME } from './database/data-dir.ts';
import { auditRoutes } from './audit/routes.ts';
import { publicTeamRoutes, teamRoutes } from './team/routes.ts';
import { createDomains, type Domains } from './domains.ts';
import { enrollmentRoutes } from './enrollment/routes.ts';
import { grantRoutes } from './grants/routes.ts';
import { clientAddress } from './http/client-address.ts';
import { createFailedRegistrations } from './http/failed-registrations.ts';
import { createHealth, type Health } from './http/health.ts';
import { createIdempotency, type Idempotency } from './http/idempotency.ts';
import { mountPublicRoutes, mountRoutes } from './http/mount.ts';
import { mountRunnerEndpoints } from './http/runner-endpoints.ts';
import { openApiRoutes } from './http/openapi.ts';
import { createServer } from './http/server.ts';
import { routeUpgrades } from './http/upgrades.ts';
import { noNotices, systemResolve } from './notice-config.ts';
import type { NoticeConfig } from './notices/notices.ts';
import type { Resolve } from './notices/post.ts';
import { webhookRoutes } from './notices/routes.ts';
import { packRoutes } from './packs/routes.ts';
import { policyRoutes } from './policy/routes.ts';
import { createRunnerActions } from './runners/actions.ts';
import { runnerRoutes } from './runners/routes.ts';
import { runRoutes } from './runs/routes.ts';
import { bearerOf } from './tokens/secret-hash.ts';
import { deviceRoutes, publicDeviceRoutes, tokenRoutes } from './tokens/routes.ts';

export interface CloudOptions {
  dataDir: string;
  /** PostgreSQL; everything is in the data directory without it. */
  databaseUrl?: string | null;
  clock: Clock;
  random: RandomBytes;
  log: Logger;
  listen: ListenAddress;
  publicUrl?: string | null;
  tls?: TlsFiles | null;
  proxies?: BlockList | null;
  notices?: NoticeConfig;
  /** All addresses of a host name; the system's resolver when left out. */
  resolve?: Resolve;
  /** What is asked of the program on the hosts. */
  versions?: VersionPolicy;
}

export interface Cloud {
  /** Where it listens, with the port that was chosen. */
  readonly url: string;
  readonly database: Database;
  readonly domains: Domains;
  /** Says goodbye to everybody, waits for what is being written, gives the data directory back. */
  stop(): Promise<void>;
}

/** Connections that do not end by themselves are cut this long after the stop. */
const CUT_AFTER_MS = 2_000;

/**
 * Serves what `init` made in `dataDir`. Refuses `data_dir_missing`, `data_dir_unusable`, `data_dir_locked`,
 * `data_dir_newer`, `database_unreachable`, `port_in_use`, and then leaves nothing open.
 */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { dataDir, databaseUrl = null, clock, log } = options;
  if (databaseUrl === null && !existsSync(join(dataDir, STORE_NAME))) {
    throw new Refusal('data_dir_missing', `Cannot serve: nothing was set up in ${dataDir}`);
  }
  const undo: (() => Promise<void> | void)[] = [];
  const undoAll = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    const held = holdDataDir(dataDir);
    undo.push(() => held.release());
    const health = createHealth();
    const opened = await openDatabase(held.databaseFile, databaseUrl);
    undo.push(() => opened.close());
    const calls = createWholeCalls(health.measured(opened));
    const { database } = calls;
    const address = { url: '' };
    const domains = createDomains({
      ...options,
      database,
      meter: health.meter,
      shared: databaseUrl === null ? null : { bus: createPostgresBus(databaseUrl), dataDir },
      versions: options.versions ?? defaultVersionPolicy,
      publicUrl: () => dialable(options.publicUrl ?? reachableUrl(address.url)),
      notices: { config: options.notices ?? noNotices, resolve: options.resolve ?? systemResolve },
    });
    if (!(await domains.members.account())) {
      throw new Refusal('data_dir_missing', `Cannot serve: nothing was set up in ${dataDir}`);
    }
    const state = { isStopping: false };
    const app = await createServer({ log, tls: options.tls ?? null });
    undo.push(() => closeServer(app, clock));
    const idempotency = createIdempotency({
      calls,
      clock,
      report: (error, where) => log.error({ err: error, where }, 'background work failed'),
    });
    const isStopping = () => state.isStopping;
    await mountAll(app, options, { database, domains, health, idempotency, isStopping });
    idempotency.start();
    undo.push(() => idempotency.stop());
    await domains.packs.start();
    undo.push(() => domains.packs.stop());
    undo.push(() => domains.nodes.stop());
    await domains.nodes.start();
    domains.runners.start();
    undo.push(() => domains.runners.stop());
    domains.stream.start();
    undo.push(() => domains.stream.stop());
    domains.trail.start();
    undo.push(() => domains.trail.stop());
    domains.runs.start();
    domains.approvals.start();
    domains.notices.start();
    undo.push(() => domains.notices.stop());
    undo.push(() => domains.approvals.stop());
    undo.push(() => domains.runs.stop());
    address.url = await listen(app, options);
    undo.push(() => domains.gateway.stop());
    let stopped: Promise<void> | null = null;
    const stop = () => {
      state.isStopping = true;
      stopped ??= undoAll();
      return stopped;
    };
    return { url: address.url, database, domains, stop };
  } catch (error) {
    await undoAll();
    throw error;
  }
}

async function mountAll(
  app: FastifyInstance,
  { clock, log, proxies = null }: CloudOptions,
  {
    database,
    domains,
    health,
    idempotency,
    isStopping,
  }: {
    database: Database;
    domains: Domains;
    health: Health;
    idempotency: Idempotency;
    isStopping: () => boolean;
  },
): Promise<void> {
  const {
    approvals,
    grants,
    tokens,
    runners,
    enrollment,
    packs,
    runs,
    policy,
    gateway,
    stream,
    trail,
    team,
    actAs,
    devices,
    notices,
  } = domains;
  const addressOf = (request: IncomingMessage) => clientAddress(request, proxies);
  const addressOfCall = (request: FastifyRequest) => addressOf(request.raw);
  const callerOf = async ({ headers }: IncomingMessage, address: string) =>
    actAs(await tokens.authenticate(bearerOf(headers.authorization), address), headers['emisar-as']);
  const authenticate = (request: FastifyRequest) => callerOf(request.raw, addressOfCall(request));
  const { presence } = runners;
  const catalogue = createActions({ database, offers: packs.offers, policy, presence });
  const actions = createRunnerActions({ database, offers: packs.offers, policy });
  const bound = [
    ...tokenRoutes(tokens, { product: PRODUCT, version: VERSION }),
    ...runnerRoutes(runners, actions, {
      events: (asked, target, page) => trail.list(asked, { ...page, target, order: 'desc' }),
      runs: (asked, runner, page) => runs.list(asked, { ...page, runner }),
    }),
    ...enrollmentRoutes(enrollment),
    ...packRoutes(packs),
    ...actionRoutes(catalogue),
    ...policyRoutes(policy),
    ...approvalRoutes(approvals),
    ...grantRoutes(grants),
    ...runRoutes(runs),
    ...auditRoutes(trail),
    ...teamRoutes(team),
    ...deviceRoutes(devices),
    ...webhookRoutes(notices),
  ];
  mountRoutes(app, bound, { authenticate, idempotency });
  const failures = createFailedRegistrations(clock);
  const open = [...publicTeamRoutes(team), ...publicDeviceRoutes(devices), ...openApiRoutes()];
  mountPublicRoutes(app, open, {
    failures,
    addressOf: addressOfCall,
  });
  await mountRunnerEndpoints(app, {
    enrollment,
    tokens: runners.tokens,
    storedEvents: (runnerId) => runs.storedEvents(runnerId),
    failures,
    addressOf: addressOfCall,
    log,
  });
  health.mount(app, {
    authenticate,
    addressOf: addressOfCall,
    isReady: async () => !isStopping() && (await domains.members.account()) !== null,
    figures: {
      sessions: () => gateway.count(),
      streamViewers: () => stream.viewersCount(),
      runners: () => runners.presence.tally(),
      unfinishedRuns: () => runners.fleet.unfinishedByStatus(),
      waitingNotices: () => notices.waiting(),
    },
  });
  routeUpgrades(app.server, { gateway, stream, callerOf, addressOf, isStopping, log });
}

async function listen(app: FastifyInstance, { listen: { host, port }, tls }: CloudOptions): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EADDRINUSE') {
      throw new Refusal('port_in_use', `Cannot listen: ${host}:${port} is in use`);
    }
    throw new Refusal(
      'invalid_request',
      `Cannot listen on ${host}:${port}: ${code || 'the address is not usable'}`,
    );
  }
  const bound = app.server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'https' : 'http'}://${name}:${bound.port}`;
}

/** Runners dial by plain http on their own machine only: a command that says otherwise would be no use. */
function dialable(url: string): string {
  const { protocol, hostname: host } = new URL(url);
  if (protocol === 'https:' || isLoopback(host.replace(/^\[|\]$/g, ''))) return url;
  throw new Refusal(
    'insecure_url',
    `Cannot say how a host gets here: ${url} is plain http beyond this machine; start emisar-cloud with --public-url https://…`,
  );
}

/** Nobody can dial "every address": commands name this machine instead. */
function reachableUrl(url: string): string {
  return url.replace(/\/\/(0\.0\.0\.0|\[::\])(?=:)/, `//${hostname()}`);
}

async function closeServer(app: FastifyInstance, clock: Clock): Promise<void> {
  const cancel = clock.after(CUT_AFTER_MS, () => app.server.closeAllConnections());
  await app.close();
  cancel();
}
