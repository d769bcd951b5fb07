import { expect, test } from 'vitest';
import { isRefusedVersion, versionClassOf, type VersionPolicy } from '../../src/protocol/runner-version.ts';

const policy: VersionPolicy = { minimum: '1.2.0', recommended: '1.10.0', isEnforced: true };

test.each([
  ['1.1.99', 'unsupported', true],
  ['0.99.0', 'unsupported', true],
  ['1.2.0-rc.1', 'unsupported', true],
  ['1.2.0', 'outdated', false],
  ['v1.9.9', 'outdated', false],
  ['1.10.0-beta', 'outdated', false],
  ['1.10.0', 'supported', false],
  ['1.10.0+build.5', 'supported', false],
  ['2.0.0-rc.1', 'supported', false],
  ['dev', 'unknown', false],
  ['1.1', 'unknown', false],
  ['', 'unknown', false],
])('a runner of version %j is %s, refused where that is enforced: %s', (version, expected, refused) => {
  expect(versionClassOf(version, policy)).toBe(expected);
  expect(isRefusedVersion(version, policy)).toBe(refused);
  expect(isRefusedVersion(version, { ...policy, isEnforced: false })).toBe(false);
});
