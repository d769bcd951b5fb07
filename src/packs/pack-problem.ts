// The one error that reading a pack may raise: which file, which rule, and a sentence that says what is
// wrong.

/**
 * A fault in a pack. `message` reads `FILE: FIELD: SENTENCE (rule: RULE)`; `field` is '' for a fault of the
 * whole file. Parsers of this folder throw nothing else, whatever bytes they are given.
 */
export class PackProblem extends Error {
  readonly file: string;
  readonly field: string;
  readonly rule: string;
  readonly sentence: string;

  constructor(file: string, field: string, rule: string, sentence: string) {
    super(`${file}: ${field === '' ? '' : `${field}: `}${sentence} (rule: ${rule})`);
    this.name = 'PackProblem';
    this.file = file;
    this.field = field;
    this.rule = rule;
    this.sentence = sentence;
  }
}
