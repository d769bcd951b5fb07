// Keys as they are handed to cloud-init, Ansible, Packer and a shell, read by real parsers of each.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import type { MintedKey } from '../../src/protocol/api/enrollment-keys.ts';
import { hostDocuments, hostForms, type HostForm } from '../../src/protocol/host-forms.ts';
import { hostCommand, type HostSettings } from '../../src/protocol/host-setup.ts';
import { enrollmentKey } from '../console/support/rows.ts';

const names = ['web-1', "it's", '$(reboot)', '`id`', '{{ lookup("pipe","id") }}', 'a: b # c', '=1+1', 'x\ny'];
const oneLine = (text: string) => text.replaceAll('\n', '⏎');
const settings: HostSettings = {
  url: 'https://[::1]:8443/x',
  group: 'two "words" \\ $HOME ${x}',
  labels: { role: "d'b", region: '%{y}' },
  packs: ['linux-core', 'docker'],
};
const variables = (secret: string) => ({
  EMISAR_URL: settings.url,
  EMISAR_AUTH_KEY: secret,
  EMISAR_GROUP: settings.group,
  EMISAR_LABEL_ROLE: "d'b",
  EMISAR_LABEL_REGION: '%{y}',
  EMISAR_PACKS: 'linux-core,docker',
});
const secretAt = (no: number) => `emkey-auth-${String(no).padStart(43, '0')}`;

function minted(no: number, host: string | null): MintedKey {
  const secret = secretAt(no);
  const key = enrollmentKey(`key_${no}`, { host, expires_at: '2030-01-02T00:00:00.000Z' });
  return { key, secret, settings, command: hostCommand(settings, secret) };
}
const forHosts = names.map((name, no) => minted(no, name));
const documents = (form: HostForm, keys = forHosts) => hostDocuments(form, keys);

/** What `sh` has in its environment after it read the file. */
function readByShell(file: string): Record<string, string> {
  const script = `set -a\n${file}\nset +a\nenv -0`;
  const out = execFileSync('sh', {
    input: script,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const pairs = out.split('\0').map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => name.startsWith('EMISAR_')));
}

test('EN4: shell: each line, run by a real sh, starts `emisar connect` with the key in its environment alone', () => {
  const [document] = documents('shell');
  execFileSync('sh', ['-n'], { input: document?.text ?? '' });
  const stub = `emisar() { printf '%s\\0' "$#" "$1" "$EMISAR_URL" "$EMISAR_AUTH_KEY" "$EMISAR_GROUP" "$EMISAR_LABEL_ROLE" "$EMISAR_LABEL_REGION" "$EMISAR_PACKS"; }\n`;
  const out = execFileSync('sh', { input: stub + (document?.text ?? ''), encoding: 'utf8' });
  const { url, group } = settings;
  const expected = names.flatMap((_name, no) => [
    ...['1', 'connect', url, secretAt(no), group, "d'b", '%{y}', 'linux-core,docker'],
  ]);
  expect(out.split('\0').slice(0, -1)).toEqual(expected);
  expect(
    document?.text
      .split('\n')
      .filter((line) => line.includes('emkey-'))
      .every((line) => line.startsWith(' EMISAR_URL=')),
  ).toBe(true);
});

test('EN4: cloud-init: a file a host with its key alone, in a file of mode 0600, and a service that reads it', () => {
  const files = documents('cloud-init');
  expect(files).toHaveLength(names.length);
  expect(new Set(files.map(({ name }) => name)).size).toBe(names.length);
  for (const [no, { name, text }] of files.entries()) {
    expect(name).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*\.user-data\.yaml$/);
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    const read = parse(text, { strict: true, uniqueKeys: true });
    const [environment, service] = read.write_files;
    expect(environment).toMatchObject({
      path: '/etc/emisar/runner.env',
      permissions: '0600',
      owner: 'root:root',
    });
    expect(readByShell(environment.content)).toEqual(variables(secretAt(no)));
    expect(service.content).toMatch(/^EnvironmentFile=\/etc\/emisar\/runner\.env$/m);
    expect(service.content).not.toContain('emkey-');
    expect(JSON.stringify(read.runcmd)).not.toContain('emkey-');
    expect(text.match(/emkey-auth-\d+/g)).toEqual([secretAt(no)]);
  }
});

const unsafe = { tag: '!unsafe', resolve: (text: string) => ({ unsafe: text }) };

test('Ansible: an inventory with a variable a host, of which no template is made', () => {
  const [inventory, ...more] = documents('ansible');
  expect(more).toEqual([]);
  const { hosts, vars } = parse(inventory?.text ?? '', { customTags: [unsafe] }).all.children.emisar;
  expect(Object.keys(hosts)).toEqual(names.map(oneLine));
  for (const [no, name] of names.entries()) {
    expect(readByShell(hosts[oneLine(name)].emisar_environment.unsafe)).toEqual(variables(secretAt(no)));
  }
  expect(vars.emisar_service.unsafe).toContain('[Install]');
});

test('Ansible: keys for any host are files of variables', () => {
  const files = documents('ansible', [minted(1, null), minted(2, null)]);
  expect(files.map(({ name }) => name)).toEqual(['emisar-vars.yaml', 'emisar-2-vars.yaml']);
  const { emisar_environment: read } = parse(files[1]?.text ?? '', { customTags: [unsafe] });
  expect(readByShell(read.unsafe)).toEqual(variables(secretAt(2)));
});

test('Packer: a file of variables a key, of which nothing is interpolated', () => {
  const [file] = documents('packer', [minted(3, null)]);
  expect(file?.name).toBe('emisar.pkrvars.hcl');
  const [, written = ''] = /^emisar_environment = (".*")$/m.exec(file?.text ?? '') ?? [];
  expect(written).not.toMatch(/[$%]\{/);
  expect(readByShell(JSON.parse(written))).toEqual(variables(secretAt(3)));
  const others = (file?.text ?? '')
    .split('\n')
    .filter((line) => !/^(#|$|emisar_(environment|service) = )/.test(line));
  expect(others).toEqual([]);
});

test('CSV, JSON and plain', () => {
  const csv = documents('csv')[0]?.text ?? '';
  expect(csv).toContain(`"{{ lookup(""pipe"",""id"") }}",${secretAt(4)},2030-01-02T00:00:00.000Z,key_4\n`);
  expect(csv).toContain(`'=1+1,${secretAt(6)}`);
  expect(csv.trimEnd().split('\n')).toHaveLength(names.length + 1);
  expect(JSON.parse(documents('json')[0]?.text ?? '')).toEqual({ items: forHosts });
  expect(documents('plain')[0]?.text).toBe(names.map((_name, no) => `${secretAt(no)}\n`).join(''));
});

test('no form forges a line of a file with what a name holds, and files of two hosts never have one name', () => {
  for (const form of hostForms) {
    const files = documents(form, [
      minted(1, 'a/b'),
      minted(2, 'a b'),
      minted(3, 'A_B'),
      minted(4, '../x\n#y'),
    ]);
    expect(new Set(files.map(({ name }) => name.toLowerCase())).size).toBe(files.length);
    for (const { name, text } of files) {
      expect(name).not.toMatch(/[/\s]|^\./);
      if (form !== 'json') expect(text).not.toMatch(/^#y/m);
    }
  }
});
