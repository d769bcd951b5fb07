// Meaning → look. Tones carry meaning only; a glyph or a word always stands beside a colour (tokens.ts).
// The terminal's own foreground and background are never replaced (T26). The looks themselves are looks.ts;
// which of them a terminal gets is choose-theme.ts.
import { looksOf } from './looks.ts';

export const tones = ['plain', 'good', 'caution', 'danger', 'focus', 'dim', 'title'] as const;
export type Tone = (typeof tones)[number];

/** Attributes of one piece of text, in the words of Ink's Text. */
export interface Look {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}
export type Looks = Readonly<Record<Tone, Look>>;

export interface Theme {
  readonly name: ThemeName;
  readonly look: Looks;
}

export const themeNames = [
  'dark',
  'light',
  'high-contrast',
  'high-contrast-light',
  'colour-blind',
  'colour-blind-light',
  'mono',
] as const;
export type ThemeName = (typeof themeNames)[number];

/** What an operator asks for; `auto` is dark or light, as the terminal is. */
export const themeWishes = ['auto', ...themeNames] as const;
export type ThemeWish = (typeof themeWishes)[number];

/** `rich`: colours beyond the sixteen that a terminal may paint as it likes. */
export type Depth = 'basic' | 'rich';

const made = new Map<string, Theme>();
const faded = new Map<Theme, Theme>();

/** The same object each time. */
export function themeNamed(name: ThemeName, depth: Depth = 'rich'): Theme {
  const key = `${name} ${depth}`;
  const theme = made.get(key) ?? { name, look: looksOf(name, depth) };
  made.set(key, theme);
  return theme;
}

/** The same theme with everything dim: what may be wrong by now looks like it. */
export function fadedTheme(theme: Theme): Theme {
  const known = faded.get(theme);
  if (known !== undefined) return known;
  const look = Object.fromEntries(tones.map((tone) => [tone, { dimColor: true }])) as Theme['look'];
  const dimmed = { ...theme, look };
  faded.set(theme, dimmed);
  return dimmed;
}

export function isThemeWish(word: unknown): word is ThemeWish {
  return (themeWishes as readonly unknown[]).includes(word);
}
