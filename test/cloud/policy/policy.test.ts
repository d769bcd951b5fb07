import { expect, test } from 'vitest';
import { createPolicy } from '../../../src/cloud/policy/policy.ts';

test.each([
  ['low', 'allow'],
  ['medium', 'allow'],
  ['high', 'require_approval'],
  ['critical', 'deny'],
] as const)('PO1: from the first day an action of %s risk meets %s', (risk, decision) => {
  expect(createPolicy().decide('acc_1', risk)).toBe(decision);
});
