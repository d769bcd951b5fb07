// Counts what vitest ran, a module that failed to load and an unhandled error included, for the closing line.
import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    for (const module of modules) {
      // Errors of the module or of a suite's hook stand beside its tests' own.
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        if (test.result().state === 'passed') passed += 1;
        // A suite skipped for want of a part has proved nothing.
        else failed += 1;
      }
      if (module.state() === 'failed' && module.children.size === 0 && module.errors().length === 0) failed += 1;
    }
    const file = process.env['EMISAR_TEST_COUNTS'];
    if (file) appendFileSync(file, `${JSON.stringify({ passed, failed })}\n`);
  }
}
