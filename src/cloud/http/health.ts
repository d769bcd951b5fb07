// What supervisors and collectors ask: alive, ready, and figures. Figures tell about the fleet, so they are for
// this machine or for somebody with an operator token.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { Refusal } from '../../protocol/errors.ts';
import { isLoopback } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Meter } from '../meter.ts';
import type { Authenticate } from './mount.ts';

export interface Figures {
  sessions(): number;
  streamViewers(): number;
  /** As the fleet shows them; a stale one is online too. */
  runners(): { online: number; stale: number };
  /** Runs by status, unfinished ones only. */
  unfinishedRuns(): Promise<ReadonlyMap<string, number>>;
  /** Notices that wait to be sent, by channel. */
  waitingNotices(): Promise<ReadonlyMap<string, number>>;
}

export interface Health {
  readonly meter: Meter;
  /** The same store, its writes measured. */
  measured(database: Database): Database;
  mount(
    app: FastifyInstance,
    parts: {
      figures: Figures;
      authenticate: Authenticate;
      addressOf: (request: FastifyRequest) => string;
      isReady: () => Promise<boolean>;
    },
  ): void;
}

export function createHealth(): Health {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const writes = new Histogram({
    name: 'emisar_write_seconds',
    help: 'Time of one transaction, waiting for its turn included',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  return {
    meter: createMeter(registry),
    measured: (database) => ({
      ...database,
      write: async (work) => {
        const done = writes.startTimer();
        try {
          return await database.write(work);
        } finally {
          done();
        }
      },
    }),
    mount: (app, { figures, authenticate, addressOf, isReady }) => {
      registerFigures(registry, figures);
      app.get('/healthz', async () => ({ status: 'ok' }));
      app.get('/readyz', async () => {
        if (!(await isReady())) throw new Refusal('unavailable');
        return { status: 'ready' };
      });
      app.get('/metrics', async (request, reply) => {
        // A proxy on this machine that nobody told us about makes the whole world look local.
        const isLocal = request.headers['x-forwarded-for'] === undefined && isLoopback(addressOf(request));
        if (!isLocal) await authenticate(request);
        return reply.type(registry.contentType).send(await registry.metrics());
      });
    },
  };
}

function createMeter(registry: Registry): Meter {
  const frames = new Counter({
    name: 'emisar_runner_frames_total',
    help: 'Frames that runners sent, by what they were',
    labelNames: ['kind'],
    registers: [registry],
  });
  const steps = new Histogram({
    name: 'emisar_dispatch_seconds',
    help: 'From a dispatch until it was handed over, and from there until its runner said that it runs',
    labelNames: ['step'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry],
  });
  const notices = new Counter({
    name: 'emisar_notice_attempts_total',
    help: 'Attempts to send a notice, by channel and by what became of them',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
  });
  return {
    notice: (channel, outcome) => notices.inc({ channel, outcome }),
    frame: (kind) => frames.inc({ kind }),
    dispatchStep: (step, ms) => steps.observe({ step }, ms / 1_000),
  };
}

function registerFigures(registry: Registry, figures: Figures): void {
  new Gauge({
    name: 'emisar_runner_sessions',
    help: 'Runner sockets that are open',
    registers: [registry],
    collect() {
      this.set(figures.sessions());
    },
  });
  new Gauge({
    name: 'emisar_runners',
    help: 'Runners that are online, and how many of them are stale',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      const { online, stale } = figures.runners();
      this.set({ state: 'online' }, online);
      this.set({ state: 'stale' }, stale);
    },
  });
  new Gauge({
    name: 'emisar_stream_viewers',
    help: 'Operator event streams that are open',
    registers: [registry],
    collect() {
      this.set(figures.streamViewers());
    },
  });
  new Gauge({
    name: 'emisar_unfinished_runs',
    help: 'Runs that have not ended, by status',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [status, count] of await figures.unfinishedRuns()) this.set({ status }, count);
    },
  });
  new Gauge({
    name: 'emisar_notices_waiting',
    help: 'Notices that wait to be sent, by channel',
    labelNames: ['channel'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const [channel, count] of await figures.waitingNotices()) this.set({ channel }, count);
    },
  });
}
