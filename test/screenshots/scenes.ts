// What is pictured: for each picture how one gets there, and by what it is seen that all of it is there.
import { keys, type Pty } from '../support/pty.ts';
import { until } from '../support/until.ts';

export interface Stage {
  readonly screen: Pty;
  readonly save: (name: string) => void;
  /** Host with the pack of the pictures, and every host. */
  readonly web: string;
  readonly hosts: readonly string[];
}

const go = (screen: Pty, place: string) => screen.type(`:${place}${keys.enter}`);

/** Before the pack changed: things are run. */
export async function pictureRuns({ screen, save, web, hosts }: Stage): Promise<void> {
  go(screen, `run linux.grep_log on ${web}`);
  await screen.shows(/▌ path/);
  screen.type(`/var/log/syslog${keys.tab}oom-kill`);
  await screen.shows(/oom-kill/);
  save('new-run');
  screen.type(keys.escape);
  await screen.shows(/a act/);
  go(screen, `run linux.cpu_info on ${hosts.join(',')}`);
  await screen.shows(/▌ reason/);
  screen.type(`steal time on the new hosts?${keys.enter}3${keys.enter}2${keys.enter}`);
  await screen.shows(/▌ +Run linux/);
  screen.type(keys.enter);
  await screen.shows(/same answers together[^]*exit 0 +\w/);
  await screen.hides(/running|sent/);
  if (hosts.length > 2) await screen.shows(/✓ \S+ \+\d/);
  save('operation');
  go(screen, `run nginx.follow on ${web}`);
  await screen.shows(/▌ reason/);
  screen.type('orders are slow since the deploy');
  screen.type(keys.enter);
  await screen.shows(/▌ +Run/);
  screen.type(keys.enter);
  await screen.shows(/● following[^]*upstream timed out/);
  // It has run for a while, and the screen is full of it.
  await screen.shows(/orders\/2\d{3} /, 20_000);
  screen.type('k');
  await screen.shows(/paused · [1-9]\d* new lines/);
  save('run');
}

/** Places that need no more than to be gone to. */
const places: readonly (readonly [name: string, place: string, ready: RegExp])[] = [
  ['dashboard', 'dashboard', /Dashboard[^]*nginx/],
  ['fleet', 'fleet', /^ Fleet [^]*HEARTBEAT[^]*a act/m],
  ['oncall', 'oncall', /▸ edge/],
  ['packs', 'packs', /nginx[^]*linux-core[^]*n next that waits/],
  ['runs', 'runs', /nginx\.follow[^]*linux\.cpu_info/],
  ['approvals', 'approvals', /▲ pending +! high +linux\.systemctl/],
  ['actions', 'actions', /^ Actions .*[^]*linux\.\w+[^]*⏎ open/m],
  ['action', 'action linux.systemctl_restart', /Actions › linux\.systemctl_restart[^]*web-01/],
  ['policy', 'policy', /high risk[^]*critical risk/],
  ['team', 'team', /mara +operator/],
  ['tokens', 'tokens', /first token|first sign-in/],
  ['devices', 'devices', /mara’s laptop/],
  ['grants', 'grants', /● stands[^]*⏎ open/],
  ['profiles', 'profiles', /prod/],
  ['troubleshooting', 'troubleshooting pack', /pack\.drifted/],
  ['keys', 'keys', /✓ used/],
];

/** After it changed: what waits for somebody, and where everything stands. */
export async function picturePlaces({ screen, save, web }: Stage): Promise<void> {
  for (const [name, place, ready] of places) {
    go(screen, place);
    await screen.shows(ready);
    await screen.shows(/\? help/);
    await screen.hides(/◌ Reading/);
    save(name);
  }
  go(screen, 'fleet');
  screen.type('t');
  await screen.shows(/▾ web/);
  save('fleet-groups');
  screen.type('t');
  go(screen, `runner ${web}`);
  await screen.shows(/linux\.cpu_info[^]*a act/);
  save('runner');
  go(screen, 'approvals');
  await screen.shows(/▌ +▲ pending/);
  screen.type(keys.enter);
  await screen.shows(/workers leak[^]*will run[^]*a act/);
  save('approval');
  go(screen, 'audit outcome:problems');
  await screen.shows(/Audit[^]*outcome:problems/);
  screen.type(keys.escape);
  await screen.shows(/user\.invited/);
  save('audit');
}

/** Decisions, forms and dialogs; what is typed is taken back. */
export async function pictureDecisions({ screen, save }: Stage): Promise<void> {
  go(screen, 'packs');
  await screen.shows(/▌ +nginx/);
  screen.type(keys.enter);
  await screen.shows(/what changes[^]*nginx\.quit[^]*a act/);
  save('pack-diff');
  screen.type('a');
  await screen.shows(/Trust…/);
  screen.type(keys.enter);
  await screen.shows(/Type +nginx/);
  await until('the dialog hears keys', () => {
    screen.type('n');
    return /to trust:[^]*│ +n/.test(screen.screen());
  });
  screen.type('\u0015');
  screen.type('nginx v1.0');
  await screen.shows(/nginx v1\.0\b[^]*nginx v1\.0 /);
  save('danger');
  screen.type(keys.escape);
  await screen.hides(/╭/);
  go(screen, 'member mara');
  await screen.shows(/\[x\] web +group, \d[^]*a act/);
  screen.type('jj ');
  await screen.shows(/not saved/);
  save('member');
  screen.type('u');
  await screen.hides(/not saved/);
  go(screen, 'tokens mint');
  await screen.shows(/▌ name/);
  screen.type('nightly checks');
  await screen.shows(/nightly checks/);
  save('token-mint');
  screen.type(keys.escape);
  await screen.shows(/a act/);
  go(screen, 'keys mint');
  await screen.shows(/▌ hosts/);
  screen.type(keys.paste('web-03\nweb-04\ncass-prod-03'));
  screen.type(keys.up);
  await screen.shows(/▌ +Mint 3/);
  screen.type(keys.enter);
  await screen.shows(/shown here only[^]*\? help/);
  save('keys-mint');
  // Whoever kept no key would be asked before leaving.
  screen.type('Y');
  await screen.shows(/Sent 3 commands/);
}

/** What somebody sees who is signed in nowhere. */
export async function pictureFirst({ screen, save }: Pick<Stage, 'screen' | 'save'>): Promise<void> {
  await screen.shows(/knows no control plane yet/);
  save('first');
}
