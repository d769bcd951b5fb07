// The columns that say what is to be done, and where: the same for a run and for an approval that holds one.
import type { Column } from '../components/table-layout.ts';

export const actionColumn: Column<{ readonly action_id: string }> = {
  key: 'action',
  title: 'ACTION',
  width: 18,
  grow: 3,
  max: 28,
  priority: 0,
  cell: (row) => row.action_id,
};

export const runnerColumn: Column<{ readonly runner_name: string }> = {
  key: 'runner',
  title: 'RUNNER',
  width: 12,
  grow: 1,
  max: 30,
  priority: 0,
  cell: (row) => row.runner_name,
};
