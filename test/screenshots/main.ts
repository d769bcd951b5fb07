// `npm run screenshots`: drives the console on a real local fleet and writes what a terminal would show.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePack } from '../support/pack-builder.ts';
import { repository } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { darkPalette, lightPalette, pngOf, svgOf, type Palette } from './picture.ts';

const folder = mkdtempSync(join(tmpdir(), 'emisar-pictures-'));
const dataDir = join(folder, 'fleet');
writePack(join(dataDir, 'runner/packs/demo'), {
  actions: [
    { name: 'hello', command: ['echo', 'hello'] },
    { name: 'restart', command: ['true'], risk: 'high' },
  ],
});

function open(columns: number, rows: number, more: string[] = [], env: Record<string, string> = {}): Pty {
  const words = [join(repository, 'bin/emisar-console.js'), 'local', '--data-dir', dataDir, ...more];
  const configured = { EMISAR_CONFIG_DIR: join(folder, 'profiles'), ...env };
  return startPty(process.execPath, words, { columns, rows, env: configured });
}

function save(screen: Pty, name: string, palette: Palette): void {
  const svg = svgOf(screen.terminal, palette);
  writeFileSync(join(repository, 'screenshots', `${name}.svg`), svg);
  writeFileSync(join(repository, 'screenshots', `${name}.png`), pngOf(svg));
  process.stderr.write(`screenshots/${name}.png\n`);
}

async function close(screen: Pty): Promise<void> {
  screen.type(keys.ctrlC);
  await screen.ended;
}

const wide = open(120, 36);
await wide.shows(/● online/, 30_000);
save(wide, 'fleet', darkPalette);
wide.type('2');
await wide.shows(/pending[^]*linux-core/);
save(wide, 'packs', darkPalette);
wide.type(keys.enter);
await wide.shows(/sha256:[0-9a-f]{8} /);
await wide.shows(/demo\.restart/);
save(wide, 'pack-version', darkPalette);
await close(wide);
const small: [string, Palette, string[], Record<string, string>][] = [
  ['fleet-80x24', darkPalette, [], {}],
  ['fleet-80x24-light', lightPalette, ['--theme', 'light'], {}],
  ['fleet-80x24-mono', darkPalette, [], { NO_COLOR: '1' }],
];
for (const [name, palette, more, env] of small) {
  const screen = open(80, 24, more, env);
  await screen.shows(/● online/, 30_000);
  save(screen, name, palette);
  await close(screen);
}
rmSync(folder, { recursive: true, force: true });
process.exit(0);
