// Writes packs/catalogue.json from the packs beside it: `node src/packs/write-catalogue.ts`, after every
// change of a pack and of its version.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeCatalogue } from './catalogue.ts';
import { loadPacks } from './load.ts';

const root = fileURLToPath(new URL('../../packs', import.meta.url));
const { packs, actions } = loadPacks([root]);
writeFileSync(`${root}/catalogue.json`, encodeCatalogue(packs));
console.log(`${root}/catalogue.json: ${packs.length} packs, ${actions.size} actions`);
