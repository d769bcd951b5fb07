// zod carries its messages in fifty languages, and no bundler can tell that only one is spoken here. Left out
// of the bundles the others cost nobody time or memory.
const path = /[\\/]node_modules[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/;

/** @returns {import('esbuild').Plugin} */
export function zodLocales() {
  return {
    name: 'zod-locales',
    setup({ onLoad }) {
      onLoad({ filter: path }, () => ({
        contents: "export { default as en } from './en.js';\n",
        loader: 'js',
      }));
    },
  };
}
