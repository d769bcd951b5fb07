// A "no" that came from the server: its own code, sentence and remedy, whether or not this build knows them.
import { Refusal, isRefusalCode, type RefusalCode } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { Problem } from '../../protocol/api/route.ts';
import type { Failure } from '../store/state.ts';

const nearest: Record<number, RefusalCode> = {
  400: 'invalid_request',
  401: 'token_invalid',
  403: 'insufficient_privileges',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  429: 'rate_limited',
  503: 'unavailable',
};

export class RemoteRefusal extends Refusal {
  /** As the server wrote it; `code` is the nearest that this build knows. */
  readonly remoteCode: string;
  readonly #status: number;
  readonly #fix: string;

  constructor(problem: Problem, status: number, retryAfterSeconds: number | null) {
    const code = isRefusalCode(problem.code) ? problem.code : (nearest[status] ?? 'internal');
    super(code, bounded(problem.detail, 2000), problem.about ?? {}, retryAfterSeconds);
    this.remoteCode = bounded(problem.code, 128);
    this.#status = status;
    this.#fix = bounded(problem.fix, 2000);
  }

  override get status(): number {
    return this.#status;
  }

  override get fix(): string {
    return this.#fix;
  }
}

/** The stable code to show and to choose by, the server's own where there is one. */
export function refusalCodeOf(error: Refusal): string {
  return error instanceof RemoteRefusal ? error.remoteCode : error.code;
}

/** Any caught error as words for an operator. A bug keeps its message, neutralised. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) {
    return {
      code: refusalCodeOf(error),
      detail: bounded(error.message, 2000),
      fix: bounded(error.fix, 2000),
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    detail: bounded(detail, 500),
    fix: 'Try again; if it stays, report it with this message',
  };
}
