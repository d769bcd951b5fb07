import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vitest/config';

/** ink-table is CommonJS that requires ink, which is only a module: give it what it asks for. */
const inkTable: Plugin = {
  name: 'ink-table-as-module',
  enforce: 'pre',
  load(id) {
    const [file = ''] = id.split('?');
    if (!/ink-table\/dist\/index\.js$/.test(file)) return null;
    return [
      "import * as react from 'react'; import * as ink from 'ink'; import * as hash from 'object-hash';",
      'const given = { react, ink, "object-hash": hash.default ?? hash };',
      'const exports = {}; const module = { exports }; const require = (name) => given[name];',
      readFileSync(file, 'utf8').replace(/^export .*$/gm, ''),
      'const out = module.exports.default ? module.exports : { default: module.exports };',
      'export default out.default; export const Table = out.Table ?? out.default;',
    ].join('\n');
  },
};

export default defineConfig({
  plugins: [inkTable],
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/built.ts'],
    reporters: ['default', 'test/support/reporter.ts'],
    server: { deps: { inline: ['ink-table'] } },
  },
});
