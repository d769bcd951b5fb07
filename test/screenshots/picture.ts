// The cells of an emulated terminal as a picture: SVG first, PNG drawn from it.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Resvg } from '@resvg/resvg-js';
import type { IBufferCell, Terminal } from '@xterm/headless';

export interface Palette {
  readonly background: string;
  readonly foreground: string;
  /** The sixteen colours of a terminal. */
  readonly colours: readonly string[];
}

const bright = ['#6e7681', '#ff7b72', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'];
export const darkPalette: Palette = {
  background: '#0d1117',
  foreground: '#d7dde4',
  colours: [
    '#484f58',
    '#f47067',
    '#3fb950',
    '#d29922',
    '#58a6ff',
    '#bc8cff',
    '#39c5cf',
    '#b1bac4',
    ...bright,
  ],
};
export const lightPalette: Palette = {
  background: '#ffffff',
  foreground: '#1f2328',
  colours: [
    ...['#24292f', '#cf222e', '#116329', '#4d2d00', '#0969da', '#8250df', '#1b7c83', '#6e7781'],
    ...['#57606a', '#a40e26', '#1a7f37', '#633c01', '#218bff', '#a475f9', '#3192aa', '#8c959f'],
  ],
};

const CELL = { width: 8.43, height: 18, size: 14, baseline: 13.5 };
const MARGIN = 12;

/** The visible screen as SVG text. */
export function svgOf(terminal: Terminal, palette: Palette): string {
  const { cols, rows } = terminal;
  const width = cols * CELL.width + 2 * MARGIN;
  const height = rows * CELL.height + 2 * MARGIN;
  const backs: string[] = [];
  const texts: string[] = [];
  for (let row = 0; row < rows; row += 1) drawRow(terminal, row, palette, backs, texts);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" rx="8" fill="${palette.background}"/>`,
    `<g font-family="DejaVu Sans Mono" font-size="${CELL.size}" xml:space="preserve">`,
    ...backs,
    ...texts,
    '</g></svg>',
  ].join('\n');
}

function drawRow(terminal: Terminal, row: number, palette: Palette, backs: string[], texts: string[]): void {
  const { active } = terminal.buffer;
  const line = active.getLine(active.viewportY + row);
  const y = MARGIN + row * CELL.height;
  for (let column = 0; line && column < terminal.cols; column += 1) {
    const cell = line.getCell(column);
    if (!cell || cell.getWidth() === 0) continue;
    const x = MARGIN + column * CELL.width;
    const { ink, paper } = coloursOf(cell, palette);
    if (paper !== null) {
      const wide = CELL.width * cell.getWidth() + 0.6;
      backs.push(
        `<rect x="${x.toFixed(2)}" y="${y}" width="${wide.toFixed(2)}" height="${CELL.height + 0.4}" fill="${paper}"/>`,
      );
    }
    const character = cell.getChars();
    if (character === '' || character === ' ') continue;
    const weight = cell.isBold() ? ' font-weight="bold"' : '';
    const faint = cell.isDim() ? ' opacity="0.62"' : '';
    const under = cell.isUnderline() ? ' text-decoration="underline"' : '';
    const at = `x="${x.toFixed(2)}" y="${(y + CELL.baseline).toFixed(2)}"`;
    texts.push(`<text ${at} fill="${ink}"${weight}${faint}${under}>${escaped(character)}</text>`);
  }
}

function coloursOf(cell: IBufferCell, palette: Palette): { ink: string; paper: string | null } {
  const ink = colour(cell.isFgDefault(), cell.isFgRGB(), cell.getFgColor(), palette) ?? palette.foreground;
  const paper = colour(cell.isBgDefault(), cell.isBgRGB(), cell.getBgColor(), palette);
  if (!cell.isInverse()) return { ink, paper };
  return { ink: paper ?? palette.background, paper: ink };
}

function colour(isDefault: boolean, isRgb: boolean, value: number, palette: Palette): string | null {
  if (isDefault) return null;
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return palette.colours[value] ?? null;
  if (value >= 232) return grey(8 + (value - 232) * 10);
  const step = (part: number) => (part === 0 ? 0 : 55 + part * 40);
  const cube = value - 16;
  const [red, green, blue] = [step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6)];
  return `rgb(${red},${green},${blue})`;
}

function grey(level: number): string {
  return `rgb(${level},${level},${level})`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');

/** The same as PNG, at twice the size so that it stays sharp. */
export function pngOf(svg: string): Uint8Array {
  const picture = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: 1.5 },
    font: {
      loadSystemFonts: false,
      fontFiles: ['DejaVuSansMono.ttf', 'DejaVuSansMono-Bold.ttf'].map((file) => join(fonts, file)),
      defaultFontFamily: 'DejaVu Sans Mono',
    },
  });
  return picture.render().asPng();
}
