// ink-table is CommonJS over a module that cannot be required: tests must be able to load it all the same.
import inkTable from 'ink-table';
import { render } from 'ink-testing-library';
import { expect, test } from 'vitest';

test('ink-table draws a table under test', () => {
  const { lastFrame, unmount } = render(<inkTable.default data={[{ host: 'web-1', state: 'online' }]} />);
  expect(lastFrame()).toContain('web-1');
  expect(lastFrame()).toContain('online');
  unmount();
});
