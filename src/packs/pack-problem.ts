// The one error that reading a pack may raise: which file and line, which rule, and a sentence that says what
// is wrong.

/**
 * A fault in a pack. `message` reads `FILE:LINE: FIELD: SENTENCE (rule: RULE)`; `field` is '' for a fault of
 * the whole file, and there is no line where there is no text. Parsers of this folder throw nothing else,
 * whatever bytes they are given.
 */
export class PackProblem extends Error {
  readonly file: string;
  readonly field: string;
  readonly rule: string;
  readonly sentence: string;
  readonly line: number | null;

  constructor(file: string, field: string, rule: string, sentence: string, line: number | null = null) {
    const place = line === null ? file : `${file}:${line}`;
    super(`${place}: ${field === '' ? '' : `${field}: `}${sentence} (rule: ${rule})`);
    this.name = 'PackProblem';
    this.file = file;
    this.field = field;
    this.rule = rule;
    this.sentence = sentence;
    this.line = line;
  }

  inLine(line: number | null): PackProblem {
    return new PackProblem(this.file, this.field, this.rule, this.sentence, line);
  }
}
