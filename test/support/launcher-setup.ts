// Before any test: the bundles that tests start belong to the sources being tested.
import { buildPrograms, buildTestEntries } from '../../tools/build.mjs';

export async function setup(): Promise<void> {
  await buildPrograms();
  await buildTestEntries();
}
