// Text that is put into a place with a syntax of its own: a shell, YAML, an environment file, HCL, CSV. Whoever
// reads it there gets exactly the text back, and nothing in it is ever taken for more than text.

/** As one word of a POSIX shell. */
export function quoteForShell(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** As a double-quoted YAML scalar. */
export function quoteForYaml(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n');
  return `"${escaped.replace(UNPRINTABLE, unicodeEscape)}"`;
}

// What YAML does not take as it is: controls but the line feed above, separators, marks, halves of a pair.
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** As a value in a file of NAME="value" lines, which systemd and a shell read alike. */
export function quoteForEnvironmentFile(value: string): string {
  return `"${value.replace(/["\\$`]/g, (character) => `\\${character}`)}"`;
}

/** As a quoted template of HCL, whose escapes are the same, with nothing in it that is interpolated. */
export function quoteForHcl(text: string): string {
  return quoteForYaml(text).replace(/[$%](?=\{)/g, unicodeEscape);
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** What a spreadsheet would take for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

export type CsvCell = string | number | boolean | null | undefined;

/** One line of comma-separated values without its end. */
export function csvLine(cells: readonly CsvCell[]): string {
  return cells.map(csvCell).join(',');
}

function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
