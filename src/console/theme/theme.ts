// Meaning → look. Tones carry meaning only; a glyph or a word always stands beside a colour (tokens.ts).
// The terminal's own foreground and background are never replaced (T26).

export const tones = ['plain', 'good', 'caution', 'danger', 'focus', 'dim', 'title'] as const;
export type Tone = (typeof tones)[number];

/** Attributes of one piece of text, in the words of Ink's Text. */
export interface Look {
  readonly color?: string;
  readonly dimColor?: boolean;
  readonly bold?: boolean;
  readonly underline?: boolean;
}

export interface Theme {
  readonly name: ThemeName;
  readonly look: Readonly<Record<Tone, Look>>;
}

export const themeNames = ['dark', 'light', 'high-contrast', 'mono'] as const;
export type ThemeName = (typeof themeNames)[number];

const themes: Record<ThemeName, Theme> = {
  dark: {
    name: 'dark',
    look: {
      plain: {},
      good: { color: 'green' },
      caution: { color: 'yellow' },
      danger: { color: 'redBright' },
      focus: { color: 'cyan' },
      dim: { dimColor: true },
      title: { bold: true },
    },
  },
  // Darker shades, because plain yellow and cyan vanish on white; terminals with 16 colours get the nearest.
  light: {
    name: 'light',
    look: {
      plain: {},
      good: { color: '#168039' },
      caution: { color: '#8a5300' },
      danger: { color: '#a40e26' },
      focus: { color: '#005f87' },
      dim: { dimColor: true },
      title: { bold: true },
    },
  },
  'high-contrast': {
    name: 'high-contrast',
    look: {
      plain: {},
      good: { color: 'greenBright', bold: true },
      caution: { color: 'yellowBright', bold: true },
      danger: { color: 'redBright', bold: true },
      focus: { color: 'cyanBright', bold: true },
      dim: {},
      title: { bold: true, underline: true },
    },
  },
  mono: {
    name: 'mono',
    look: {
      plain: {},
      good: {},
      caution: { bold: true },
      danger: { bold: true },
      focus: { bold: true },
      dim: { dimColor: true },
      title: { bold: true },
    },
  },
};

const faded = new Map<Theme, Theme>();

/** The same theme with everything dim: what may be wrong by now looks like it. */
export function fadedTheme(theme: Theme): Theme {
  const known = faded.get(theme);
  if (known !== undefined) return known;
  const look = Object.fromEntries(tones.map((tone) => [tone, { dimColor: true }])) as Theme['look'];
  const made = { ...theme, look };
  faded.set(theme, made);
  return made;
}

export function themeNamed(name: ThemeName): Theme {
  return themes[name];
}

export function isThemeName(word: string): word is ThemeName {
  return (themeNames as readonly string[]).includes(word);
}

/**
 * Which theme to use: NO_COLOR and dumb terminals win, then what was asked for, then what the terminal
 * says of its background (COLORFGBG), then dark.
 */
export function chooseTheme(
  asked: ThemeName | null,
  env: Readonly<Record<string, string | undefined>>,
): Theme {
  if ((env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb') return themes.mono;
  if (asked !== null) return themes[asked];
  const background = Number((env['COLORFGBG'] ?? '').split(';').at(-1) || Number.NaN);
  return background === 7 || background === 15 ? themes.light : themes.dark;
}
