// `emisar-console watch`: the event stream as one JSON object a line, until interrupted.
import type { Command } from 'commander';
import { listTopics, Topic } from '../../protocol/events.ts';
import { Refusal } from '../../protocol/errors.ts';
import { neutralise, neutraliseDeep } from '../../protocol/neutralise.ts';
import { openEventStream } from '../client/event-stream.ts';
import type { SubscriptionReply } from '../client/subscription.ts';
import type { LinkState } from '../store/link-state.ts';
import { UsageError } from './confirmation.ts';
import { EXIT } from './exit-code.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { writeText } from './verb-io.ts';

/** Lines that wait for a slow reader; beyond that the reader is told that it cannot keep up. */
const WAITING_MAX = 10_000;

export function addWatchVerb(program: Command, runner: VerbRunner): void {
  addVerb<{ snapshot?: boolean }>(program, runner, {
    usage: 'watch [topic...]',
    summary: 'events as they happen, one JSON object a line',
    examples: ['watch', 'watch fleet approvals', 'watch run:run_0K3… --no-snapshot'],
    values: listTopics,
    flags: (command) => command.option('--no-snapshot', 'only what happens from now on'),
    run: (context, options, ...topics) => watch(context, options.snapshot !== false, topics),
  });
}

async function watch(context: VerbContext, withSnapshot: boolean, asked: string[]): Promise<number> {
  const topics = (
    asked.length === 0 ? ['fleet', 'packs', 'runs', 'approvals', 'enrollment_keys'] : asked
  ).map(topicOf);
  const { url, token } = context.profile();
  const { io } = context;
  const lines: string[] = [];
  let wake: () => void = () => {};
  const ended = { refusal: null as Refusal | null, behind: false };
  const stream = openEventStream({
    url,
    token,
    as: context.options.as,
    ca: io.ca,
    clock: io.clock,
    onReply(topic, reply) {
      if (reply.type === 'snapshot' && !withSnapshot) return;
      if (lines.length < WAITING_MAX) lines.push(lineOf(topic, reply, io.stdout.isTTY === true));
      else ended.behind = true;
      wake();
    },
    onLink(link) {
      ended.refusal = refusalOf(link);
      if (ended.refusal === null) tellLink(context, link);
      wake();
    },
  });
  io.signal?.addEventListener('abort', () => wake());
  try {
    for (const topic of topics) stream.watch(topic);
    for (;;) {
      while (lines.length > 0) await writeText(io.stdout, lines.splice(0, 100).join(''));
      if (ended.refusal !== null) throw ended.refusal;
      if (ended.behind)
        throw new Refusal('unavailable', 'Cannot go on: the reader of the events is too slow');
      if (io.signal?.aborted === true) return EXIT.interrupted;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (lines.length > 0 || io.signal?.aborted === true) resolve();
      });
    }
  } finally {
    stream.close();
  }
}

function topicOf(text: string): Topic {
  const topic = Topic.safeParse(text);
  if (topic.success) return topic.data;
  throw new UsageError(`Cannot watch ${neutralise(text)}: topics are ${listTopics.join(', ')} and run:ID`);
}

function lineOf(topic: Topic, reply: SubscriptionReply, terminal: boolean): string {
  const value = flat(topic, reply);
  return `${JSON.stringify(terminal ? neutraliseDeep(value) : value)}\n`;
}

function flat(topic: Topic, reply: SubscriptionReply): Record<string, unknown> {
  if (reply.type === 'event') return { topic, seq: reply.seq, at: reply.at, ...reply.event };
  if (reply.type === 'snapshot') return { topic, at: reply.at, type: 'snapshot', snapshot: reply.snapshot };
  const { id: _id, ...rest } = reply;
  return { topic, ...rest };
}

function refusalOf(link: LinkState): Refusal | null {
  return link.kind === 'signed_out' ? new Refusal('token_invalid', link.detail) : null;
}

function tellLink(context: VerbContext, link: LinkState): void {
  if (link.kind === 'reconnecting' && link.retryAt !== null && link.attempt === 1) {
    context.remark(`emisar-console: the link is gone (${neutralise(link.because)}); trying again`);
  }
}
