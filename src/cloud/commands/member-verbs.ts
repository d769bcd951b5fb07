// `emisar-cloud members …`: who belongs to the account, for who is on the host and has no console yet.
import { Option, type Command } from 'commander';
import { fullAccess, noAccess, type Access } from '../../protocol/access.ts';
import type { Member } from '../../protocol/api/members.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { roles, type Role } from '../../protocol/permission.ts';
import { runAdmin } from './admin-command.ts';
import { dataDirOption, jsonOption, tableLines, withExamples, type Terminal } from './terminal.ts';

interface InviteFlags {
  dataDir: string;
  role: Role;
  group?: string[];
  all?: boolean;
  json?: boolean;
}

export function addMemberCommands(program: Command, terminal: Terminal): void {
  const members = program.command('members').description('who belongs to the account');
  withExamples(
    members
      .command('list')
      .description('everybody, by name')
      .addOption(dataDirOption())
      .addOption(jsonOption())
      .action(async ({ dataDir, json }) => {
        const { members: found = [] } = await runAdmin(
          dataDir,
          { verb: 'members.list' },
          terminal.databaseUrl(),
        );
        if (json === true) terminal.print(JSON.stringify({ members: found }));
        else for (const line of memberLines(found)) terminal.print(line);
      }),
    'members list --data-dir /var/lib/emisar-cloud',
  );
  withExamples(
    members
      .command('invite')
      .description('a code for somebody new, printed once; without a scope they reach nothing at first')
      .argument('<name>')
      .addOption(dataDirOption())
      .addOption(new Option('--role <role>', 'what they may do').choices([...roles]).default('operator'))
      .option('--group <group...>', 'they reach the runners of these groups')
      .option('--all', 'they reach every runner')
      .addOption(jsonOption())
      .action((name: string, flags: InviteFlags) => invite(terminal, name, flags)),
    'members invite mara --data-dir /var/lib/emisar-cloud --role admin --all',
    'members invite jo --data-dir /var/lib/emisar-cloud --role operator --group web db',
  );
}

async function invite(terminal: Terminal, name: string, flags: InviteFlags): Promise<void> {
  const { dataDir, role, json } = flags;
  const request = { verb: 'members.invite' as const, name, role, access: accessOf(flags) };
  const {
    secret,
    members: [member] = [],
    expires_at: until,
  } = await runAdmin(dataDir, request, terminal.databaseUrl());
  if (json === true) return terminal.print(JSON.stringify({ member, code: secret, expires_at: until }));
  terminal.remark(
    `${bounded(name, 80)} types, before ${until}:  emisar-console login --url URL --invite\n` +
      'and gives it this code, which is shown this once:',
  );
  terminal.print(secret ?? '');
}

function accessOf({ group, all }: InviteFlags): Access {
  if (all === true) return fullAccess;
  if (group === undefined) return noAccess;
  const selectors = group.map((one) => `group:${one}`);
  return { ...noAccess, runner_access: 'restricted', runner_selectors: selectors };
}

function memberLines(members: readonly Member[]): string[] {
  return tableLines([
    ['ID', 'NAME', 'ROLE', 'STATE', 'LAST ACTIVE'],
    ...members.map(({ id, name, role, state, last_active_at: at }) => [id, name, role, state, at ?? 'never']),
  ]);
}
