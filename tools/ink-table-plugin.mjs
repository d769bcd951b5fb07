// Lets vitest load ink-table: CommonJS that requires the ES module Ink, which has a top-level await and so
// cannot be required. Its text becomes the body of a function that is given what it asks for.
// As in Node the default import is all of module.exports, so the table is its `default`.
// The bundles need none of this, esbuild resolves it while bundling.
import { readFileSync } from 'node:fs';

const path = /\/node_modules\/ink-table\/dist\/index\.js$/;

/** @returns {import('vite').Plugin} */
export function inkTable() {
  return {
    name: 'ink-table-as-module',
    enforce: 'pre',
    load(id) {
      const file = id.split('?')[0] ?? id;
      if (!path.test(file)) return null;
      return `
import * as ink from 'ink';
import * as react from 'react';
import objectHash from 'object-hash';
const parts = { ink, react: { ...react, __esModule: true, default: react.default ?? react }, 'object-hash': objectHash };
const exports = {};
(function (exports, require) {
${readFileSync(file, 'utf8')}
})(exports, (name) => parts[name]);
export const { Header, Cell, Skeleton } = exports;
export default exports;
`;
    },
  };
}
