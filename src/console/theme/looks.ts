// The colours of every theme, for terminals with sixteen colours (`basic`) and for those with more (`rich`).
// Contrast, and that states stay apart for eyes that see red and green alike, is computed by a test.
import type { Depth, Look, Looks, ThemeName } from './theme.ts';

const bold: Look = { bold: true };
const title: Look = bold;

/** Names are the terminal's own colours, which people choose to fit their background. */
const dark: Looks = {
  plain: {},
  good: { color: 'green' },
  caution: { color: 'yellow' },
  danger: { color: 'redBright' },
  focus: { color: 'cyan' },
  dim: { dimColor: true },
  title,
};

/** Darker shades, because plain green, yellow and cyan vanish on white. */
const light: Looks = {
  plain: {},
  good: { color: '#116b2e' },
  caution: { color: '#8a5300' },
  danger: { color: '#a40e26' },
  focus: { color: '#005f87' },
  dim: { color: '#57606a' },
  title,
};

/** Of sixteen colours only red, blue and magenta can be read on white. */
const lightBasic: Looks = {
  plain: {},
  good: {},
  caution: bold,
  danger: { color: 'red', bold: true },
  focus: { color: 'blue' },
  dim: {},
  title: { bold: true, underline: true },
};

const highContrast: Looks = {
  plain: {},
  good: { color: '#5cff7a', bold: true },
  caution: { color: '#ffe14d', bold: true },
  danger: { color: '#ff9d94', bold: true },
  focus: { color: '#5ce1ff', bold: true },
  dim: {},
  title: { bold: true, underline: true },
};

/** Bright red on black is 5:1 at most, so danger is the one that is turned around. */
const highContrastBasic: Looks = {
  ...highContrast,
  good: { color: 'greenBright', bold: true },
  caution: { color: 'yellowBright', bold: true },
  danger: { bold: true, inverse: true },
  focus: { color: 'cyanBright', bold: true },
};

const highContrastLight: Looks = {
  ...highContrast,
  good: { color: '#004f1a', bold: true },
  caution: { color: '#5c3b00', bold: true },
  danger: { color: '#8f0018', bold: true },
  focus: { color: '#003f7a', bold: true },
};

const highContrastLightBasic: Looks = {
  ...highContrast,
  good: {},
  caution: { bold: true, underline: true },
  danger: { bold: true, inverse: true },
  focus: { color: 'blue', bold: true },
};

/** After Okabe and Ito: blue, yellow, vermilion and purple differ in brightness as well as in hue. */
const colourBlind: Looks = {
  plain: {},
  good: { color: '#4fa8ff' },
  caution: { color: '#f0e442' },
  danger: { color: '#f0704a', bold: true },
  focus: { color: '#cc79a7' },
  dim: { dimColor: true },
  title,
};

const colourBlindBasic: Looks = {
  ...colourBlind,
  good: { color: 'cyanBright' },
  caution: { color: 'yellowBright' },
  danger: { color: 'magentaBright', bold: true },
  focus: { bold: true, underline: true },
};

const colourBlindLight: Looks = {
  ...light,
  good: { color: '#0072b2' },
  caution: { color: '#806000' },
  danger: { color: '#8a0045', bold: true },
  focus: { bold: true, underline: true },
};

const colourBlindLightBasic: Looks = {
  ...lightBasic,
  good: { color: 'blue' },
  danger: { color: 'magenta', bold: true },
  focus: { bold: true, underline: true },
};

const mono: Looks = {
  plain: {},
  good: {},
  caution: bold,
  danger: bold,
  focus: bold,
  dim: { dimColor: true },
  title,
};

const tables: Record<ThemeName, Record<Depth, Looks>> = {
  dark: { rich: dark, basic: dark },
  light: { rich: light, basic: lightBasic },
  'high-contrast': { rich: highContrast, basic: highContrastBasic },
  'high-contrast-light': { rich: highContrastLight, basic: highContrastLightBasic },
  'colour-blind': { rich: colourBlind, basic: colourBlindBasic },
  'colour-blind-light': { rich: colourBlindLight, basic: colourBlindLightBasic },
  mono: { rich: mono, basic: mono },
};

export function looksOf(name: ThemeName, depth: Depth): Looks {
  return tables[name][depth];
}
