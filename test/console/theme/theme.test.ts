// Colours that can be read on the background they are for, and none where none are wanted.
import { expect, test } from 'vitest';
import { chooseTheme } from '../../../src/console/theme/choose-theme.ts';
import { fadedTheme, themeNamed, themeNames, tones } from '../../../src/console/theme/theme.ts';
import * as tokens from '../../../src/console/theme/tokens.ts';
import { contrast, difference, visions, type Vision } from '../support/colour.ts';

const depths = ['rich', 'basic'] as const;
const coloured = themeNames.filter((name) => name !== 'mono');

/** Backgrounds of common terminals; terminals without many colours have the plain ones. */
function groundsOf(name: (typeof themeNames)[number], depth: (typeof depths)[number]): readonly string[] {
  if (name.includes('light')) return depth === 'basic' ? ['#ffffff'] : ['#ffffff', '#f6f8fa'];
  // Bright colours of sixteen are what the terminal makes of them: xterm's, on xterm's black.
  return name === 'dark' || depth === 'basic' ? ['#000000', '#121212'] : ['#000000', '#0d1117', '#1e1e1e'];
}

test.each(coloured.flatMap((name) => depths.map((depth) => [name, depth] as const)))(
  'T26: every colour of the theme %s (%s) can be read on its background',
  (name, depth) => {
    const { look } = themeNamed(name, depth);
    const least = name.startsWith('high-contrast') ? 7 : 4.5;
    for (const tone of tones) {
      const { color } = look[tone];
      if (color === undefined) continue;
      for (const ground of groundsOf(name, depth))
        expect(contrast(color, ground), `${tone} on ${ground}`).toBeGreaterThanOrEqual(least);
    }
    // Text of no special meaning has the terminal's own colours, whatever they are.
    expect(look.plain).toEqual({});
    // Faint black on white is grey on white, and nobody knows how grey.
    if (name.includes('light') || name.startsWith('high-contrast'))
      for (const tone of tones) expect(look[tone].dimColor).toBeUndefined();
  },
);

const blindThemes = ['colour-blind', 'colour-blind-light'] as const;
const visionNames = Object.keys(visions) as Vision[];
test.each(blindThemes.flatMap((name) => visionNames.map((vision) => [name, vision] as const)))(
  'healthy, waiting, failed and focus stay apart in %s for eyes with %s',
  (name, vision) => {
    const text = name.includes('light') ? '#000000' : '#e5e5e5';
    for (const depth of depths) {
      const { look } = themeNamed(name, depth);
      const states = (['good', 'caution', 'danger', 'focus'] as const).map((tone) => look[tone]);
      for (const [index, one] of states.entries()) {
        for (const other of states.slice(index + 1)) {
          const isTurned = Boolean(one.underline ?? false) !== Boolean(other.underline ?? false);
          const apart = difference(one.color ?? text, other.color ?? text, vision);
          if (!isTurned) expect(apart, `${one.color} and ${other.color}`).toBeGreaterThan(20);
        }
      }
    }
  },
);

test('no state is told by its colour alone: within each noun glyph and word are its own', () => {
  const tables = Object.values(tokens).filter(
    (table): table is Exclude<typeof table, (...given: never[]) => unknown> => typeof table !== 'function',
  );
  expect(tables.length).toBeGreaterThan(5);
  for (const table of tables) {
    const shown = Object.values(table).map(({ glyph, word }) => `${glyph} ${word}`);
    expect(new Set(shown).size).toBe(shown.length);
    for (const text of shown) expect(text).toMatch(/^\S \S/);
  }
});

test('T26: NO_COLOR and dumb terminals get no colours, whatever was asked for', () => {
  expect(chooseTheme('light', { NO_COLOR: '1' }).name).toBe('mono');
  expect(chooseTheme('auto', { TERM: 'dumb' }).name).toBe('mono');
  expect(tones.every((tone) => themeNamed('mono').look[tone].color === undefined)).toBe(true);
});

test('T26: a light background is noticed, and every theme has a form for it', () => {
  expect(chooseTheme('auto', { COLORFGBG: '0;15' }).name).toBe('light');
  expect(chooseTheme('auto', { COLORFGBG: '15;default;0' }).name).toBe('dark');
  expect(chooseTheme('auto', { COLORFGBG: '15;default' }).name).toBe('dark');
  expect(chooseTheme('auto', {}).name).toBe('dark');
  const onLight = { ground: 'light', depth: 'rich' } as const;
  expect(chooseTheme('high-contrast', {}, onLight).name).toBe('high-contrast-light');
  expect(chooseTheme('colour-blind', {}, onLight).name).toBe('colour-blind-light');
  expect(chooseTheme('dark', {}, onLight).name).toBe('dark');
  expect(chooseTheme('colour-blind', {}, { ground: 'dark', depth: 'basic' })).toBe(
    themeNamed('colour-blind', 'basic'),
  );
});

test('T8: what may be wrong by now is dim all over, whatever the theme, and has no colour', () => {
  for (const name of themeNames) {
    const { look } = fadedTheme(themeNamed(name));
    for (const tone of tones) expect(look[tone]).toEqual({ dimColor: true });
    expect(fadedTheme(themeNamed(name))).toBe(fadedTheme(themeNamed(name)));
  }
});
