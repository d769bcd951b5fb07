// Which theme a terminal gets: what was asked for, what its background is, how many colours it has.
import { themeNamed, type Depth, type Theme, type ThemeName, type ThemeWish } from './theme.ts';

export type Ground = 'dark' | 'light';

export interface TerminalColours {
  /** Null while nobody knows. */
  readonly ground: Ground | null;
  readonly depth: Depth;
}

type Environment = Readonly<Record<string, string | undefined>>;

const onLight: Partial<Record<ThemeName, ThemeName>> = {
  'high-contrast': 'high-contrast-light',
  'colour-blind': 'colour-blind-light',
};

/** NO_COLOR and dumb terminals win, then what was asked for; on a light background in its light form. */
export function chooseTheme(
  wish: ThemeWish,
  env: Environment,
  { ground, depth }: TerminalColours = { ground: groundByEnvironment(env), depth: 'rich' },
): Theme {
  if (isColourless(env)) return themeNamed('mono', depth);
  if (wish === 'auto') return themeNamed(ground ?? 'dark', depth);
  return themeNamed((ground === 'light' ? onLight[wish] : undefined) ?? wish, depth);
}

export function isColourless(env: Environment): boolean {
  return (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
}

/** What rxvt, Konsole and others say in COLORFGBG: the numbers of foreground and background. */
export function groundByEnvironment(env: Environment): Ground | null {
  const last = (env['COLORFGBG'] ?? '').split(';').at(-1) ?? '';
  if (!/^\d+$/.test(last)) return null;
  return last === '7' || last === '15' ? 'light' : 'dark';
}
