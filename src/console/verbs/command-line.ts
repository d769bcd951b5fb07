// The command line without a screen: which verb, what its end means to a shell, and every failure in one sentence.
import { Command, CommanderError } from 'commander';
import { Refusal } from '../../protocol/errors.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { failureOf } from '../client/remote-refusal.ts';
import { UsageError } from './confirmation.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { addCompletionVerb } from './completion-verb.ts';
import { addApprovalsVerbs } from './approvals-verbs.ts';
import { addDevicesVerbs } from './devices-verbs.ts';
import { addExplainVerb } from './explain-verb.ts';
import { addGrantsVerbs } from './grants-verbs.ts';
import { addGroupsVerb } from './groups-verb.ts';
import { addKeysVerbs } from './keys-verbs.ts';
import { addAuditVerbs } from './audit-verbs.ts';
import { addMembersVerbs } from './members-verbs.ts';
import { addOperationsVerbs } from './operations-verbs.ts';
import { addActionsVerbs } from './actions-verbs.ts';
import { addPacksVerbs } from './packs-verbs.ts';
import { addPolicyVerbs } from './policy-verbs.ts';
import { addRunnersVerbs } from './runners-verbs.ts';
import { addRunsVerbs } from './runs-verbs.ts';
import { addSignInVerbs } from './sign-in-verbs.ts';
import { addTokensVerbs } from './tokens-verbs.ts';
import type { VerbRunner } from './verb.ts';
import { holdErrors, READER_GONE_EXIT, ReaderGone, type VerbIo } from './verb-io.ts';
import { addWatchVerb } from './watch-verb.ts';
import { addWebhooksVerbs } from './webhooks-verbs.ts';

export type { VerbIo } from './verb-io.ts';

/** First words that are verbs; anything else opens the console or is a mistake. */
export const verbNames = [
  'runners',
  'actions',
  'keys',
  'packs',
  'runs',
  'operations',
  'audit',
  'members',
  'devices',
  'approvals',
  'grants',
  'policy',
  'groups',
  'watch',
  'login',
  'logout',
  'whoami',
  'profiles',
  'tokens',
  'webhooks',
  'explain',
  'completion',
] as const;

export function isVerb(word: string): boolean {
  return verbNames.some((name) => name === word);
}

/** Runs one command line (without node and script) and resolves with its exit code (console.md 8). Never throws for a refusal. */
export async function runVerb(argv: readonly string[], io: VerbIo): Promise<number> {
  const release = holdErrors(io.stdout, io.stderr);
  const runner: VerbRunner = { io, exitCode: 0 };
  try {
    await createProgram(runner).parseAsync([...argv], { from: 'user' });
    return runner.exitCode;
  } catch (error) {
    return tellEnd(io, error);
  } finally {
    release();
  }
}

function createProgram(runner: VerbRunner): Command {
  const { io } = runner;
  const program = new Command('emisar-console')
    .description('Operate a fleet of hosts. Without a verb it opens the console.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      // Told in one sentence by tellEnd, except where help is all there is to say.
      writeErr: () => {},
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      getOutHelpWidth: () => io.stdout.columns ?? 100,
    });
  const add = [
    addRunnersVerbs,
    addKeysVerbs,
    addPacksVerbs,
    addActionsVerbs,
    addRunsVerbs,
    addOperationsVerbs,
    addAuditVerbs,
    addMembersVerbs,
    addApprovalsVerbs,
    addGrantsVerbs,
    addPolicyVerbs,
    addDevicesVerbs,
    addGroupsVerb,
    addWatchVerb,
    addSignInVerbs,
    addTokensVerbs,
    addWebhooksVerbs,
    addExplainVerb,
    addCompletionVerb,
  ];
  for (const addTo of add) addTo(program, runner);
  return program;
}

function tellEnd(io: VerbIo, error: unknown): number {
  if (error instanceof ReaderGone) return READER_GONE_EXIT;
  if (io.signal?.aborted === true) return EXIT.interrupted;
  if (error instanceof CommanderError) return tellUsage(io, error);
  if (error instanceof UsageError) {
    io.stderr.write(`emisar-console: ${neutralise(error.message)}\n`);
    return EXIT.usage;
  }
  const { code, detail, fix } = failureOf(error);
  io.stderr.write(`emisar-console: ${detail} (${code})\n${fix === '' ? '' : `  ${fix}\n`}`);
  return error instanceof Refusal ? exitCodeOf(error) : EXIT.failed;
}

function tellUsage(io: VerbIo, error: CommanderError): number {
  if (error.exitCode === 0) return EXIT.done;
  if (error.code === 'commander.help') {
    io.stderr.write('emisar-console: say what to do; --help lists the verbs\n');
    return EXIT.usage;
  }
  const [said = '', near] = error.message.replace(/^error: /, '').split(/\n\(Did you mean (.*)\?\)/);
  const hint = near === undefined ? '; --help lists what there is' : `; did you mean ${near}?`;
  io.stderr.write(`emisar-console: ${neutralise(said + hint)}\n`);
  return EXIT.usage;
}
