// For programs that tests start from their sources: what Node made of them once is kept for the next start.
import { fileURLToPath } from 'node:url';

export const compiledSources = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/compiled-sources', import.meta.url)),
};
