// `emisar-console groups`: the groups that hosts declare.
import type { Command } from 'commander';
import { listGroups } from '../../protocol/api/session.ts';
import { addVerb, type VerbRunner } from './verb.ts';

export function addGroupsVerb(program: Command, runner: VerbRunner): void {
  addVerb(program, runner, {
    usage: 'groups',
    summary: 'groups of the fleet, with how many hosts are online',
    examples: ['groups', 'groups --json'],
    async run({ call, print }) {
      const answer = await call(listGroups);
      await print.list(
        answer.items,
        [
          { title: 'GROUP', value: (group) => group.name },
          { title: 'ONLINE', value: (group) => group.online, alignRight: true },
          { title: 'TOTAL', value: (group) => group.total, alignRight: true },
        ],
        answer,
      );
    },
  });
}
