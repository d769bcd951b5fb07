// `emisar-console webhooks …`: where news is sent, which news, and what became of it.
import type { Command } from 'commander';
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listDeliveries,
  listWebhooks,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
  type Delivery,
  type Webhook,
} from '../../protocol/api/webhooks.ts';
import { noticeEvents } from '../../protocol/webhook.ts';
import { UsageError } from './confirmation.ts';
import { EXIT } from './exit-code.ts';
import { collect, durationSeconds, oneOf } from './flag-values.ts';
import { shownInstant } from './print.ts';
import { readSecret } from './secret-prompt.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { readAll, writeText } from './verb-io.ts';

const columns: Column<Webhook>[] = [
  { title: 'NAME', value: (webhook) => webhook.name },
  { title: 'STATE', value: (webhook) => webhook.state },
  { title: 'TO', value: (webhook) => webhook.url },
  {
    title: 'EVENTS',
    value: ({ events }) => (events.length === noticeEvents.length ? 'all' : events.join(' ')),
  },
  { title: 'OF', value: (webhook) => webhook.member_name },
  { title: 'WAITING', value: (webhook) => webhook.pending, alignRight: true },
  { title: 'LAST DELIVERED', value: (webhook) => shownInstant(webhook.last_delivered_at) },
  { title: 'NOTE', value: (webhook) => webhook.state_note ?? '' },
];

const deliveryColumns: Column<Delivery>[] = [
  { title: 'AT', value: (delivery) => shownInstant(delivery.created_at) },
  { title: 'EVENT', value: (delivery) => delivery.event },
  { title: 'STATE', value: (delivery) => delivery.state },
  { title: 'TRIED', value: (delivery) => delivery.attempts, alignRight: true },
  { title: 'NEXT', value: (delivery) => shownInstant(delivery.next_attempt_at) },
  { title: 'ANSWER', value: (delivery) => delivery.last_error ?? delivery.last_status },
  { title: 'ID', value: (delivery) => delivery.id },
];

interface Wish {
  readonly event?: string[];
  readonly offlineAfter?: string;
}

const withEvents = (command: Command) =>
  command
    .option('--event <event>', `which news (repeat): ${noticeEvents.join(', ')}`, collect)
    .option('--offline-after <duration>', 'how long a runner is away before it is news, such as 5m');

export function addWebhooksVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('webhooks').description('where news is sent, signed');
  addVerb(parent, runner, {
    usage: 'list',
    summary: 'your webhooks, and those of members who reach no more than you',
    examples: ['webhooks list', 'webhooks list --json'],
    async run({ call, print }) {
      const whole = await call(listWebhooks);
      await print.list(whole.items, columns, whole);
    },
  });
  addVerb<Wish>(parent, runner, {
    usage: 'add <name> [address]',
    summary: 'send news there; without an address it is read from stdin, as many hold a secret',
    examples: [
      'webhooks add ops --event approval.requested --event runner.offline < address',
      'webhooks add ops https://hooks.example.net/emisar --offline-after 10m',
    ],
    flags: withEvents,
    run: add,
  });
  addVerb<Wish>(parent, runner, {
    usage: 'set <webhook>',
    summary: 'tell other news',
    examples: ['webhooks set ops --event run.failed'],
    flags: withEvents,
    async run({ call, print }, options, ref = '') {
      const body = wishOf(options);
      if (Object.keys(body).length === 0)
        throw new UsageError('Cannot change it: say --event or --offline-after');
      const after = await call(updateWebhook, { params: { id: ref }, body });
      await print.outcome(after, `${after.name} tells ${after.events.join(', ')}`);
    },
  });
  addSwitches(parent, runner);
  addVerb(parent, runner, {
    usage: 'test <webhook>',
    summary: 'send a test notice now; exits 1 when it was not taken',
    examples: ['webhooks test ops'],
    async run({ call, print }, _options, ref = '') {
      const delivery = await call(testWebhook, { params: { id: ref } });
      const isTaken = delivery.state === 'delivered';
      const words = isTaken ? `Taken, answered ${delivery.last_status}` : `Not taken: ${delivery.last_error}`;
      await print.outcome(delivery, words);
      return isTaken ? EXIT.done : EXIT.failed;
    },
  });
  addVerb<{ state?: string }>(parent, runner, {
    usage: 'deliveries <webhook>',
    summary: 'what was sent and what waits, newest first',
    examples: ['webhooks deliveries ops --state failed'],
    flags: (command) => command.option('--state <state>', 'pending, delivered or failed'),
    async run({ call, print }, { state }, ref = '') {
      const query =
        state === undefined ? {} : { state: oneOf(state, '--state', ['pending', 'delivered', 'failed']) };
      const page = await call(listDeliveries, { params: { id: ref }, query });
      await print.list(page.items, deliveryColumns, page);
    },
  });
  addVerb(parent, runner, {
    usage: 'rotate <webhook>',
    summary: 'a fresh secret, printed this once; for a day the one before signs as well',
    examples: ['webhooks rotate ops'],
    async run(context, _options, ref = '') {
      const made = await context.call(rotateWebhookSecret, { params: { id: ref } });
      await printSecret(context, made, 'For a day the one before signs as well');
    },
  });
  addVerb(parent, runner, {
    usage: 'remove <webhook>',
    summary: 'remove it with what it has not sent',
    examples: ['webhooks remove ops --yes'],
    async run(context, _options, ref = '') {
      const before = await context.call(getWebhook, { params: { id: ref } });
      const consequence = `${before.name} tells nothing any more; ${before.pending} notices are not sent`;
      await context.confirm({ consequence, typedName: null });
      const gone = await context.call(deleteWebhook, { params: { id: before.id } });
      await context.print.outcome(gone, `${gone.name} is removed`);
    },
  });
}

function addSwitches(parent: Command, runner: VerbRunner): void {
  for (const [verb, state, summary] of [
    ['pause', 'paused', 'tell nothing until it is resumed; what waits is dropped'],
    ['resume', 'active', 'tell news again from now on, also after it was disabled'],
  ] as const) {
    addVerb(parent, runner, {
      usage: `${verb} <webhook>`,
      summary,
      examples: [`webhooks ${verb} ops`],
      async run({ call, print }, _options, ref = '') {
        const after = await call(updateWebhook, { params: { id: ref }, body: { state } });
        await print.outcome(after, `${after.name} is ${after.state}`);
      },
    });
  }
}

async function add(context: VerbContext, options: Wish, name = '', address?: string): Promise<void> {
  const url = address ?? (await readAddress(context));
  const { events = [...noticeEvents], ...wish } = wishOf(options);
  const made = await context.call(createWebhook, { body: { name, url, events, ...wish } });
  await printSecret(context, made, `Try it: emisar-console webhooks test ${made.webhook.name}`);
}

function readAddress({ io }: VerbContext): Promise<string> {
  return io.stdin.isTTY === true ? readSecret(io, 'Address (not shown): ') : readAll(io.stdin, 4096);
}

function wishOf({ event, offlineAfter }: Wish) {
  return {
    ...(event !== undefined && { events: event.map((one) => oneOf(one, '--event', noticeEvents)) }),
    ...(offlineAfter !== undefined && {
      offline_after_seconds: durationSeconds(offlineAfter, '--offline-after'),
    }),
  };
}

async function printSecret(
  { io, print, remark }: VerbContext,
  made: { webhook: Webhook; secret: string },
  after: string,
): Promise<void> {
  if (print.form !== 'table')
    return print.record(made, [
      ['name', made.webhook.name],
      ['secret', made.secret],
    ]);
  await writeText(io.stdout, `${made.secret}\n`);
  remark(`The secret signs every notice and is not shown again. ${after}`);
}
