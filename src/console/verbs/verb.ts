// What every verb has in common: its flags, its way to the control plane, its answer and its end.
import { Command, Option } from 'commander';
import { createApi, type Api } from '../client/api.ts';
import { openProfiles, type Profile, type Profiles } from '../client/profiles.ts';
import type { Call } from '../store/session.ts';
import { noteValues } from './completion-table.ts';
import { confirmDanger, type Danger } from './confirmation.ts';
import { createPrinter, outputForms, type OutputForm, type Printer } from './print.ts';
import type { VerbIo } from './verb-io.ts';

export interface CommonOptions {
  readonly json?: boolean;
  /** A form, or a file where the verb takes one. */
  readonly output?: string;
  readonly quiet?: boolean;
  readonly profile?: string;
  readonly url?: string;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly as?: string;
}

export interface VerbContext {
  readonly io: VerbIo;
  readonly print: Printer;
  readonly quiet: boolean;
  /** The file that `--output` names, for a verb that takes one. */
  readonly outputFile: string | null;
  readonly profiles: Profiles;
  readonly options: CommonOptions;
  /** The profile in use; refuses `not_signed_in`. */
  profile(): Profile;
  /** Calls the control plane of that profile; the connection is closed when the verb ends. */
  readonly call: Call;
  /** Throws unless the person agrees. */
  confirm(danger: Danger): Promise<void>;
  /** A remark for people, on stderr; nothing with --quiet. */
  remark(text: string): void;
}

/** Runs verbs for one command line and keeps how the last one ended. */
export interface VerbRunner {
  readonly io: VerbIo;
  exitCode: number;
}

export interface VerbSpec<Options> {
  /** Name and positional arguments, as commander writes them. */
  readonly usage: string;
  readonly summary: string;
  readonly examples: readonly string[];
  /** `--output` may also name a file, which the verb writes itself. */
  readonly writesFile?: boolean;
  /** What can stand for its arguments, for the shell to complete. */
  readonly values?: readonly string[];
  /** Declares the verb's own flags. */
  readonly flags?: (command: Command) => void;
  /** Answers an exit code; nothing means done. */
  readonly run: (context: VerbContext, options: Options, ...positional: string[]) => Promise<number | void>;
}

/** Adds one verb under `parent`. Positional arguments come as strings; a variadic one as several. */
export function addVerb<Options extends object = object>(
  parent: Command,
  runner: VerbRunner,
  spec: VerbSpec<Options & CommonOptions>,
): void {
  const command = parent.command(spec.usage).description(spec.summary);
  spec.flags?.(command);
  if (spec.values !== undefined) noteValues(command, spec.values);
  command
    .addOption(new Option('--json', 'short for --output json'))
    .addOption(outputOption(spec.writesFile === true))
    .option('-q, --quiet', 'print only what a script needs')
    .option('--profile <name>', 'use this stored sign-in')
    .option('--url <url>', 'use this control plane, with EMISAR_TOKEN or the token stored for it')
    .option('--as <member>', 'look as this member, id or name; nothing is changed')
    .option('-y, --yes', 'agree to what needs no typed name')
    .option('--confirm <name>', 'agree by naming what is touched')
    .addHelpText(
      'after',
      `\nExamples:\n${spec.examples.map((line) => `  emisar-console ${line}`).join('\n')}`,
    );
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Options & CommonOptions;
    const positional = given
      .slice(0, -2)
      .flat()
      .filter((value) => value !== undefined) as string[];
    const { context, close } = createContext(runner.io, options);
    try {
      runner.exitCode = (await spec.run(context, options, ...positional)) ?? 0;
    } finally {
      await close();
    }
  });
}

function outputOption(mayBeFile: boolean): Option {
  const forms = outputForms.join(', ');
  return mayBeFile
    ? new Option('--output <form or file>', `how to answer (${forms}), or the new file to write (0600)`)
    : new Option('--output <form>', 'how to answer').choices([...outputForms]);
}

/** The form that was asked for; null when `--output` names a file. */
function formOf({ json, output = 'table' }: CommonOptions): OutputForm | null {
  return json === true ? 'json' : (outputForms.find((form) => form === output) ?? null);
}

function createContext(io: VerbIo, options: CommonOptions): { context: VerbContext; close(): Promise<void> } {
  const profiles = openProfiles(io.env);
  let api: Api | null = null;
  let chosen: Profile | null = null;
  const profile = () => (chosen ??= profiles.choose({ url: options.url, profile: options.profile }));
  const quiet = options.quiet === true;
  const context: VerbContext = {
    io,
    options,
    quiet,
    profiles,
    profile,
    print: createPrinter(io, formOf(options) ?? 'table', quiet),
    outputFile:
      options.output === undefined || formOf({ output: options.output }) !== null ? null : options.output,
    call: (route, ...parts) => {
      const { url, token } = profile();
      api ??= createApi({ url, token, as: options.as, clock: io.clock, ca: io.ca });
      return api.call(route, ...parts);
    },
    confirm: (danger) => confirmDanger(io, danger, { yes: options.yes === true, confirm: options.confirm }),
    remark: (text) => {
      if (!quiet) io.stderr.write(`${text}\n`);
    },
  };
  return { context, close: async () => api?.close() };
}
