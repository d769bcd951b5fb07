// The order of pack versions as people read them: numbers inside compare as numbers, 1.10.0 is newer than 1.9.0.

const order = new Intl.Collator('en', { numeric: true });

export function newestVersionFirst(a: string, b: string): number {
  return order.compare(b, a);
}
