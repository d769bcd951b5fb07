// The filter language of every list: words, `field:value`, `-` negates, `~` is a regular expression.
// A pattern that cannot be read is reported; matching takes time linear in the text (RE2).
import { RE2JS } from 're2js';

/** How a row answers a field: the values to compare with, and for words the text to search in. */
export interface FilterFields<Row> {
  /** Text that plain words and `~patterns` search in. */
  readonly text: (row: Row) => string;
  /** Named terms; `exact` compares whole values, otherwise a part suffices. */
  readonly terms: Readonly<Record<string, { values: (row: Row) => readonly string[]; exact?: boolean }>>;
}

export interface Filter<Row> {
  readonly test: (row: Row) => boolean;
  /** What is wrong with the text, or null. */
  readonly error: string | null;
}

type Test<Row> = (row: Row) => boolean;

/** Compiles a filter text. With an error, `test` holds the terms that could be read. */
export function parseFilter<Row>(text: string, fields: FilterFields<Row>): Filter<Row> {
  const tests: Test<Row>[] = [];
  let error: string | null = null;
  for (const token of tokensOf(text)) {
    const negated = token.length > 1 && token.startsWith('-');
    const compiled = compileTerm(negated ? token.slice(1) : token, fields);
    if (typeof compiled === 'string') error ??= compiled;
    else tests.push(negated ? (row) => !compiled(row) : compiled);
  }
  return { test: (row) => tests.every((matches) => matches(row)), error };
}

/** Words apart by space; double quotes keep a space inside a term. */
function tokensOf(text: string): string[] {
  const tokens = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  return tokens.map((token) => token.replaceAll('"', '')).filter((token) => token !== '');
}

function compileTerm<Row>(term: string, fields: FilterFields<Row>): Test<Row> | string {
  if (term.startsWith('~')) return compilePattern(term.slice(1), fields);
  const colon = term.indexOf(':');
  const name = colon > 0 ? term.slice(0, colon).toLowerCase() : '';
  if (name === '' || !/^[a-z_]+$/.test(name)) return wordTest(term, fields);
  const field = Object.hasOwn(fields.terms, name) ? fields.terms[name] : undefined;
  if (field === undefined) {
    return `Cannot filter by ${name}: there are ${Object.keys(fields.terms)
      .map((known) => `${known}:`)
      .join(' ')}`;
  }
  // `status:` half typed filters nothing yet.
  const wanted = term
    .slice(colon + 1)
    .toLowerCase()
    .split(',')
    .filter((value) => value !== '');
  if (wanted.length === 0) return () => true;
  return (row) => {
    const values = field.values(row).map((value) => value.toLowerCase());
    return wanted.some((want) =>
      values.some((value) => (field.exact ? value === want : value.includes(want))),
    );
  };
}

function wordTest<Row>(word: string, { text }: FilterFields<Row>): Test<Row> {
  const wanted = word.toLowerCase();
  return (row) => text(row).toLowerCase().includes(wanted);
}

function compilePattern<Row>(source: string, { text }: FilterFields<Row>): Test<Row> | string {
  if (source === '') return () => true;
  try {
    const pattern = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    return (row) => pattern.matcher(text(row)).find();
  } catch (error) {
    const because =
      error instanceof Error
        ? error.message.replace(/^error parsing regexp: /, '').replace('(?i)', '')
        : 'not a pattern';
    return `Cannot read the pattern ~${source}: ${because}`;
  }
}
