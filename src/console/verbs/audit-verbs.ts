// `emisar-console audit …`: who did what to what, and the trail as a file or as it grows.
import type { Command } from 'commander';
import { getAuditEvent, listAuditEvents, type AuditEvent } from '../../protocol/api/audit.ts';
import { auditCategories } from '../../protocol/audit.ts';
import { openEventStream } from '../client/event-stream.ts';
import { EXIT } from './exit-code.ts';
import { instantSince, oneOf, wholeNumber } from './flag-values.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface FacetOptions {
  readonly type?: string;
  readonly category?: string;
  readonly outcome?: string;
  readonly by?: string;
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
  readonly search?: string;
  readonly limit?: string;
}

const columns: Column<AuditEvent>[] = [
  { title: 'EVENT', value: (event) => event.id },
  { title: 'WHEN', value: (event) => shownInstant(event.occurred_at) },
  { title: 'WHAT', value: (event) => event.event_type },
  { title: 'OUTCOME', value: (event) => (event.outcome === 'neutral' ? '' : event.outcome) },
  { title: 'BY', value: (event) => event.actor.label },
  { title: 'TARGET', value: (event) => event.target?.label },
  { title: 'FROM', value: (event) => event.ip_address },
];

function withFacets(command: Command): Command {
  return command
    .option('--type <names>', 'only these events, with commas')
    .option('--category <category>', `only of ${auditCategories.join(', ')}`)
    .option('--outcome <words>', 'only danger, warn, pass, neutral, or problems for the first two')
    .option('--by <actor>', 'only by this member or runner, name or id')
    .option('--target <target>', 'only about this, name or id')
    .option('--since <time>', 'since: 2h, 3d, or an instant')
    .option('--until <time>', 'before: 2h, 3d, or an instant')
    .option('--search <text>', 'part of a name or of the details');
}

export function addAuditVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('audit').description('the record of who did what');
  addVerb<FacetOptions>(parent, runner, {
    usage: 'list',
    summary: 'events, newest first',
    examples: ['audit list --outcome problems --since 24h', 'audit list --target web-1 --json'],
    flags: (command) => withFacets(command).option('--limit <n>', 'at most so many', '100'),
    async run(context, options) {
      const limit = wholeNumber(options.limit ?? '100', '--limit', 100_000);
      const { items, total } = await readPages(
        context.call,
        listAuditEvents,
        queryOf(context, options),
        limit,
      );
      await context.print.list(items, columns, { items, total });
    },
  });
  addVerb(parent, runner, {
    usage: 'show <event>',
    summary: 'one event in full',
    examples: ['audit show aud_0K3…'],
    async run({ call, print }, _options, ref) {
      const event = await call(getAuditEvent, { params: { id: ref ?? '' } });
      await print.record(event, facts(event));
    },
  });
  addVerb<{ follow?: boolean; lines?: string }>(parent, runner, {
    usage: 'tail',
    summary: 'the latest events, oldest first, and with -f those that come',
    examples: ['audit tail -n 20', 'audit tail -f --output ndjson'],
    flags: (command) =>
      command
        .option('-f, --follow', 'go on until interrupted')
        .option('-n, --lines <n>', 'so many of the latest', '20'),
    run: tail,
  });
  addVerb<FacetOptions>(parent, runner, {
    usage: 'export',
    summary: 'all events that the flags keep, oldest first, for a file',
    examples: [
      'audit export --since 30d --output ndjson > trail.ndjson',
      'audit export --output csv > trail.csv',
    ],
    flags: withFacets,
    async run(context, options) {
      const query = { ...queryOf(context, options), order: 'asc' } as const;
      const { items, total } = await readPages(context.call, listAuditEvents, query);
      await context.print.list(items, columns, { items, total });
    },
  });
}

function queryOf({ io }: VerbContext, options: FacetOptions) {
  const { type, outcome, by, target, search, category, since, until } = options;
  const now = io.clock.now();
  return {
    ...(type === undefined ? {} : { type }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(by === undefined ? {} : { actor: by }),
    ...(target === undefined ? {} : { target }),
    ...(search === undefined ? {} : { q: search }),
    ...(category === undefined ? {} : { category: oneOf(category, '--category', auditCategories) }),
    ...(since === undefined ? {} : { since: instantSince(since, '--since', now) }),
    ...(until === undefined ? {} : { until: instantSince(until, '--until', now) }),
  };
}

async function tail(context: VerbContext, options: { follow?: boolean; lines?: string }): Promise<number> {
  const limit = wholeNumber(options.lines ?? '20', '--lines', 1000);
  const { items } = await readPages(context.call, listAuditEvents, {}, limit);
  const latest = items.toReversed();
  await context.print.list(latest, columns, { items: latest });
  if (options.follow !== true) return EXIT.done;
  return follow(context, latest.at(-1)?.seq ?? 0);
}

/** Each event is printed by itself, as it comes; the snapshot fills what came between. */
async function follow({ io, print, profile }: VerbContext, after: number): Promise<number> {
  const { url, token } = profile();
  let seen = after;
  const waiting: AuditEvent[] = [];
  let wake: () => void = () => {};
  const take = (events: readonly AuditEvent[]) => {
    for (const event of events.toSorted((a, b) => a.seq - b.seq)) {
      if (event.seq <= seen) continue;
      seen = event.seq;
      waiting.push(event);
    }
    wake();
  };
  const stream = openEventStream({
    url,
    token,
    ca: io.ca,
    clock: io.clock,
    onReply(_topic, reply) {
      if (reply.type === 'snapshot' && reply.snapshot.topic === 'audit') take(reply.snapshot.events);
      if (reply.type === 'event' && reply.event.type === 'audit.event') take([reply.event.event]);
    },
    onLink: () => wake(),
  });
  io.signal?.addEventListener('abort', () => wake());
  try {
    stream.watch('audit');
    for (;;) {
      const events = waiting.splice(0);
      for (const event of events) await printOne(print, event);
      if (io.signal?.aborted === true) return EXIT.interrupted;
      if (waiting.length > 0) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    stream.close();
  }
}

async function printOne(print: VerbContext['print'], event: AuditEvent): Promise<void> {
  const by = `${event.actor.label}${event.ip_address === null ? '' : ` from ${event.ip_address}`}`;
  const line = `${shownInstant(event.occurred_at)}  ${event.event_type}  ${event.target?.label ?? '–'}  by ${by}`;
  await print.outcome(event, line);
}

function facts(event: AuditEvent): [string, unknown][] {
  return [
    ['event', event.id],
    ['number', event.seq],
    ['when', event.occurred_at],
    ['what', event.event_type],
    ['outcome', event.outcome],
    ['by', `${event.actor.label} (${event.actor.kind})`],
    ['token', event.token_id],
    ['from', event.ip_address],
    [
      'target',
      event.target === null ? null : `${event.target.label} (${event.target.kind} ${event.target.id})`,
    ],
    ['run', event.request_id],
    ['details', event.payload],
    ['hash', event.hash],
  ];
}
