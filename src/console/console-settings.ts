// What a person set for the console itself: in its own file (`settings`), by flags, by the environment. Flags win
// over the file; what the environment asks for out of need (NO_COLOR, a screen reader) is never taken back by it.
import { isThemeWish, themeWishes, type ThemeWish } from './theme/theme.ts';

/** How the terminal calls for attention: not at all, by its bell, or by a notification of the desktop (OSC 9). */
export const bellWays = ['off', 'bell', 'notify'] as const;
export type BellWay = (typeof bellWays)[number];

export interface ConsoleSettings {
  readonly theme: ThemeWish;
  readonly bell: BellWay;
  /** Nothing moves but what is news: the clock and ages are counted again every ten seconds. */
  readonly reducedMotion: boolean;
  readonly screenReader: boolean;
  readonly ascii: boolean;
}

/** Settings that the command line changes while the console runs, with the words each takes. */
export const settingWords = {
  theme: themeWishes,
  bell: bellWays,
  motion: ['full', 'reduced'],
} as const satisfies Record<string, readonly string[]>;
export type SettingWord = keyof typeof settingWords;

/** Flags that were given; null and false say nothing. */
export interface SettingFlags {
  readonly theme: ThemeWish | null;
  readonly reducedMotion: boolean;
  readonly screenReader: boolean;
  readonly ascii: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ReadSettings {
  readonly settings: ConsoleSettings;
  /** What stands in the file and means nothing, in one sentence each. */
  readonly complaints: readonly string[];
}

/** `stored` reads one setting from the file. */
export function readSettings(
  stored: (key: string) => unknown,
  flags: SettingFlags,
  env: Environment,
): ReadSettings {
  const complaints: string[] = [];
  const read = <Value>(key: string, is: (value: unknown) => value is Value, words: readonly string[]) => {
    const value = stored(key);
    if (value === undefined || is(value)) return value;
    complaints.push(`Setting ${key} is one of ${words.join(', ')}, not ${JSON.stringify(value)}`);
    return undefined;
  };
  const flag = (key: string, given: boolean) => given || (read(key, isBoolean, ['true', 'false']) ?? false);
  const theme = read('theme', isThemeWish, themeWishes);
  const settings = {
    theme: flags.theme ?? theme ?? 'auto',
    bell: read('bell', isBellWay, bellWays) ?? 'bell',
    reducedMotion: flag('reduced_motion', flags.reducedMotion || isOn(env['PREFERS_REDUCED_MOTION'])),
    screenReader: flag('screen_reader', flags.screenReader || isOn(env['INK_SCREEN_READER'])),
    ascii: flag('ascii', flags.ascii),
  };
  return { settings, complaints };
}

export interface SettingChange {
  readonly word: SettingWord;
  /** Null: which words there are was asked. */
  readonly value: string | null;
}

/** `theme light` as typed after the colon; null for what is no setting. */
export function parseSetting(text: string): SettingChange | { readonly error: string } | null {
  const [, word = '', value = ''] = /^:?\s*(\S+)\s*(.*?)\s*$/.exec(text) ?? [];
  if (!isSettingWord(word)) return null;
  if (value === '') return { word, value: null };
  const words: readonly string[] = settingWords[word];
  return words.includes(value) ? { word, value } : { error: `write :${word} and one of ${words.join(', ')}` };
}

/** How a change is kept in the file. */
export function storedSetting(word: SettingWord, value: string): { key: string; value: unknown } {
  return word === 'motion' ? { key: 'reduced_motion', value: value === 'reduced' } : { key: word, value };
}

/** The settings after a change; a value that `parseSetting` did not give changes nothing. */
export function withSetting(settings: ConsoleSettings, word: SettingWord, value: string): ConsoleSettings {
  if (word === 'motion') return { ...settings, reducedMotion: value === 'reduced' };
  if (word === 'bell') return isBellWay(value) ? { ...settings, bell: value } : settings;
  return isThemeWish(value) ? { ...settings, theme: value } : settings;
}

export function shownSetting(settings: ConsoleSettings, word: SettingWord): string {
  if (word === 'motion') return settings.reducedMotion ? 'reduced' : 'full';
  return settings[word];
}

/** Whole lines that begin with `text`, for the command line. */
export function settingCompletions(text: string): string[] {
  return Object.entries(settingWords)
    .flatMap(([word, values]) => (text.includes(' ') ? values.map((value) => `${word} ${value}`) : [word]))
    .filter((line) => line.startsWith(text));
}

function isSettingWord(word: string): word is SettingWord {
  return Object.hasOwn(settingWords, word);
}

function isBellWay(value: unknown): value is BellWay {
  return (bellWays as readonly unknown[]).includes(value);
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
