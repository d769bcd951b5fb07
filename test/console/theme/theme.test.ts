// Colours that can be read on the background they are for, and none where none are wanted.
import { expect, test } from 'vitest';
import { chooseTheme, fadedTheme, themeNamed, themeNames, tones } from '../../../src/console/theme/theme.ts';

/** The names that Ink knows, as xterm paints them. */
const painted: Record<string, string> = {
  green: '#00cd00',
  yellow: '#cdcd00',
  cyan: '#00cdcd',
  redBright: '#ff0000',
  greenBright: '#00ff00',
  yellowBright: '#ffff00',
  cyanBright: '#00ffff',
};

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (high + 0.05) / (low + 0.05);
}

const grounds = {
  dark: ['#000000', '#121212'],
  'high-contrast': ['#000000'],
  light: ['#ffffff', '#f6f8fa'],
  mono: [],
} as const;

test.each(themeNames)('T26: every colour of the theme %s can be read on its background', (name) => {
  const { look } = themeNamed(name);
  for (const tone of tones) {
    const { color } = look[tone];
    if (color === undefined) continue;
    const hex = color.startsWith('#') ? color : painted[color];
    for (const ground of grounds[name]) {
      expect(contrast(hex ?? ground, ground), `${tone} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  }
  // Text of no special meaning has the terminal's own colours, whatever they are.
  expect(look.plain.color).toBeUndefined();
});

test('T26: NO_COLOR and dumb terminals get no colours, whatever was asked for; a light background is noticed', () => {
  expect(chooseTheme('light', { NO_COLOR: '1' }).name).toBe('mono');
  expect(chooseTheme(null, { TERM: 'dumb' }).name).toBe('mono');
  expect(tones.every((tone) => themeNamed('mono').look[tone].color === undefined)).toBe(true);
  expect(chooseTheme(null, { COLORFGBG: '0;15' }).name).toBe('light');
  expect(chooseTheme(null, { COLORFGBG: '15;0' }).name).toBe('dark');
  expect(chooseTheme(null, {}).name).toBe('dark');
});

test('T8: what may be wrong by now is dim all over, whatever the theme, and has no colour', () => {
  for (const name of themeNames) {
    const { look } = fadedTheme(themeNamed(name));
    for (const tone of tones) expect(look[tone]).toEqual({ dimColor: true });
    expect(fadedTheme(themeNamed(name))).toBe(fadedTheme(themeNamed(name)));
  }
});
