// Whether a version of a pack is too old to be dispatched, by the bound that a later version published.

/**
 * True when `version` is strictly below `retiredBelow` (integers joined by dots). A pre-release such as 1.2.0-rc1
 * is below 1.2.0; a version that does not begin with a number is below everything.
 */
export function isRetiredVersion(version: string, retiredBelow: string): boolean {
  const [, numbers = '', rest = ''] = /^(\d+(?:\.\d+)*)?(.*)$/.exec(version) ?? [];
  if (numbers === '') return true;
  const order = compareNumbers(numbers.split('.'), retiredBelow.split('.'));
  return order < 0 || (order === 0 && rest.startsWith('-'));
}

function compareNumbers(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = BigInt(a[at] ?? '0') - BigInt(b[at] ?? '0');
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
