// Counts what ran, for the closing line of `npm test`: written to the file EMISAR_TEST_COUNTS names.
// A module or hook that failed, an error outside any test and a skipped test are failures too.
import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule, TestRunEndReason, TestSuite } from 'vitest/node';

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** One sentence for each failure that the usual report does not make plain. */
  readonly remarks: readonly string[];
}

// vitest takes a reporter by its file's default export only.
export default class CountingReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
    _reason: TestRunEndReason,
  ): void {
    const file = process.env['EMISAR_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(countResults(modules, errors)));
  }
}

export function countResults(modules: readonly TestModule[], errors: readonly unknown[]): TestCounts {
  let passed = 0;
  const remarks: string[] = [];
  let failed = errors.length;
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed += 1;
      else failed += 1;
      if (state !== 'passed' && state !== 'failed') remarks.push(`${state}: ${test.fullName}`);
    }
    // A hook's failure is an error of its suite, whatever its tests say; a load error one of its module.
    const broken = [module, ...module.children.allSuites()].filter((suite) => hasErrors(suite));
    failed += broken.length;
    if (module.state() === 'queued' || module.state() === 'pending') {
      failed += 1;
      remarks.push(`not run: ${module.moduleId}`);
    }
  }
  return { passed, failed, remarks };
}

function hasErrors(suite: TestModule | TestSuite): boolean {
  return suite.errors().length > 0;
}
