import { expect, test } from 'vitest';
import { parseSetting, readSettings, settingCompletions } from '../../src/console/console-settings.ts';

const noFlags = { theme: null, reducedMotion: false, screenReader: false, ascii: false };
const from = (stored: Record<string, unknown>) => (key: string) => stored[key];

test('flags win over the file; without either there is a standard', () => {
  expect(readSettings(from({}), noFlags, {}).settings).toEqual({
    theme: 'auto',
    bell: 'bell',
    reducedMotion: false,
    screenReader: false,
    ascii: false,
  });
  const stored = from({ theme: 'light', bell: 'off', reduced_motion: true });
  expect(readSettings(stored, noFlags, {}).settings).toMatchObject({
    theme: 'light',
    bell: 'off',
    reducedMotion: true,
  });
  expect(readSettings(stored, { ...noFlags, theme: 'dark' }, {}).settings.theme).toBe('dark');
});

test('what the environment asks for out of need is heard, and 0 means no', () => {
  const needs = { PREFERS_REDUCED_MOTION: '1', INK_SCREEN_READER: 'true' };
  expect(readSettings(from({}), noFlags, needs).settings).toMatchObject({
    reducedMotion: true,
    screenReader: true,
  });
  expect(readSettings(from({}), noFlags, { PREFERS_REDUCED_MOTION: '0' }).settings.reducedMotion).toBe(false);
});

test('a setting that means nothing is told, and the standard holds', () => {
  const { settings, complaints } = readSettings(from({ theme: 'pink', ascii: 'yes' }), noFlags, {});
  expect(settings).toMatchObject({ theme: 'auto', ascii: false });
  expect(complaints).toEqual([
    expect.stringContaining('Setting theme is one of auto, dark'),
    expect.stringContaining('Setting ascii is one of true, false, not "yes"'),
  ]);
});

test('settings are typed as words, completed, and a wrong one names the right ones', () => {
  expect(parseSetting('theme light')).toEqual({ word: 'theme', value: 'light' });
  expect(parseSetting(': bell')).toEqual({ word: 'bell', value: null });
  expect(parseSetting('theme pink')).toEqual({ error: expect.stringContaining('colour-blind') });
  expect(parseSetting('themes')).toBeNull();
  expect(settingCompletions('mo')).toEqual(['motion']);
  expect(settingCompletions('theme li')).toEqual(['theme light']);
});
