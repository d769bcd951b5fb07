// What the command line says about the screen: `emisar-console [options] [:screen]`.
import { Command, CommanderError } from 'commander';
import { parsePlace, placeWords, type Place } from './screens/place.ts';
import type { SettingFlags } from './console-settings.ts';
import { isThemeWish, themeWishes } from './theme/theme.ts';

/** How the screen is opened; `place` is null for the fleet. */
export interface ScreenOptions extends SettingFlags {
  readonly readOnly: boolean;
  /** Look as this member. */
  readonly as: string | null;
  readonly place: Place | null;
}

export interface ScreenCommandLine extends ScreenOptions {
  readonly profile: string | undefined;
  readonly url: string | undefined;
}

export interface RawScreenFlags {
  theme?: string;
  ascii?: boolean;
  screenReader?: boolean;
  reducedMotion?: boolean;
  readOnly?: boolean;
  as?: string;
}

/** Adds the options that every way to the screen has. */
export function withScreenFlags(command: Command): Command {
  return command
    .option('--theme <name>', `colours: ${themeWishes.join(', ')}`)
    .option('--ascii', 'draw without Unicode')
    .option('--screen-reader', 'lines to be read aloud: no boxes, no glyphs, only what is new')
    .option('--reduced-motion', 'count clock and ages in steps of ten seconds')
    .option('--read-only', 'open without verbs')
    .option('--as <member>', 'look as this member, id or name; nothing is changed');
}

/** Decodes them together with the screen's name; `error` is one sentence. */
export function screenOptions(
  flags: RawScreenFlags,
  words: readonly string[],
): ScreenOptions | { readonly error: string } {
  const { theme = null } = flags;
  if (theme !== null && !isThemeWish(theme))
    return { error: `there is no theme "${theme}"; there are ${themeWishes.join(', ')}` };
  const [deepLink, extra] = words;
  const [, member = flags.as] = /^:?\s*as\s+(.+)$/.exec(deepLink ?? '') ?? [];
  if (extra !== undefined) return { error: `one screen at a time: "${extra}" is one word too many` };
  const isAs = member !== flags.as;
  const parsed = deepLink === undefined || isAs ? null : parsePlace(deepLink);
  if (parsed !== null && 'error' in parsed) return parsed;
  return {
    theme,
    ascii: flags.ascii === true,
    screenReader: flags.screenReader === true,
    reducedMotion: flags.reducedMotion === true,
    readOnly: flags.readOnly === true,
    as: member ?? null,
    place: parsed?.place ?? null,
  };
}

/** True when these words open the screen rather than run a verb. */
export function opensScreen(words: readonly string[]): boolean {
  const [first = ''] = words;
  return (
    first === '' || first.startsWith(':') || (first.startsWith('-') && !['-h', '--help'].includes(first))
  );
}

interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/** The command line, or the exit code when it said all there was to say. */
export function parseScreenCommandLine(
  words: readonly string[],
  { stdout, stderr }: Output,
): ScreenCommandLine | number {
  const complain = (sentence: string) => {
    stderr.write(`emisar-console: ${sentence}\n`);
    return 2;
  };
  const command = withScreenFlags(new Command('emisar-console'))
    .argument('[screen]', 'where to open, such as ":runs status:failed"')
    .option('--profile <name>', 'which stored sign-in')
    .option('--url <url>', 'which control plane, with EMISAR_TOKEN or the token stored for it')
    .allowExcessArguments()
    .addHelpText(
      'after',
      `
Screens: ${placeWords.map(({ usage }) => usage).join(' · ')} · :as MEMBER

Examples:
  emisar-console
  emisar-console ':runs status:failed' --read-only
  emisar-console --profile prod --theme light
  emisar-console --help        the verbs without a screen`,
    )
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: () => {} })
    .exitOverride();
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 0;
    return complain(
      `${error.message.replace(/^error: /, '').split('\n')[0] ?? ''}; --help lists what there is`,
    );
  }
  const flags = command.opts<RawScreenFlags & { profile?: string; url?: string }>();
  const options = screenOptions(flags, command.args);
  if ('error' in options) return complain(options.error);
  return { ...options, profile: flags.profile, url: flags.url };
}
