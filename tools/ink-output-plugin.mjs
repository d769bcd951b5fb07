// Ink measures and takes apart every line of every frame anew: it keeps what it found out for one frame only.
// In the bundles it keeps it from frame to frame, so that a line that did not change costs next to nothing.
import { readFileSync } from 'node:fs';

/** So many lines are remembered; a screen has fifty, and each cursor or age in it makes a few more. */
const REMEMBERED = 4000;

const path = /[\\/]node_modules[\\/]ink[\\/]build[\\/]output\.js$/;

/** What is replaced, each exactly once: another text means another Ink, and this file must be looked at again. */
const changes = [
  ['    caches = new OutputCaches();', '    caches = keptCaches;'],
  ['export default class Output {', 'const keptCaches = new OutputCaches();\nexport default class Output {'],
  ...['widths', 'blockWidths', 'styledChars'].map((name) => [
    `    ${name} = new Map();`,
    `    ${name} = new BoundedMap();`,
  ]),
  [
    'class OutputCaches {',
    `class BoundedMap extends Map {
    set(key, value) {
        if (this.size >= ${REMEMBERED}) this.clear();
        return super.set(key, value);
    }
}
class OutputCaches {`,
  ],
];

/** @returns {import('esbuild').Plugin} */
export function inkOutput() {
  return {
    name: 'ink-output-keeps-lines',
    setup(build) {
      build.onLoad({ filter: path }, ({ path: file }) => {
        let contents = readFileSync(file, 'utf8');
        for (const [from = '', to = ''] of changes) {
          if (contents.split(from).length !== 2) throw new Error(`${file}: expected once: ${from.trim()}`);
          contents = contents.replace(from, () => to);
        }
        return { contents, loader: 'js' };
      });
    },
  };
}
