// Minted keys written down for whatever brings them to the hosts. One place for the server, the screens and the
// verbs. Each document is whole by itself; where a host must not get another host's key, there is one a host.
import { z } from 'zod';
import type { MintedKey } from './api/enrollment-keys.ts';
import { ENVIRONMENT_PATH, environmentFile, SERVICE_PATH, SERVICE_USER, serviceUnit } from './host-setup.ts';
import { neutralise } from './neutralise.ts';
import { csvLine, quoteForHcl, quoteForYaml } from './quoting.ts';

export const hostForms = ['shell', 'cloud-init', 'ansible', 'packer', 'plain', 'csv', 'json'] as const;
export const HostForm = z.enum(hostForms);
export type HostForm = z.infer<typeof HostForm>;

export interface HostDocument {
  /** File name, without a folder. */
  readonly name: string;
  readonly text: string;
}

/** What each form is, in a few words. */
export const hostFormWords: Record<HostForm, string> = {
  shell: 'a line to type on the host',
  'cloud-init': 'user-data, a file a host',
  ansible: 'inventory with a variable a host',
  packer: 'variables for an image, a file a key',
  plain: 'the keys alone',
  csv: 'host, key, expiry',
  json: 'everything, for a program',
};

/** At least one document for at least one key. */
export function hostDocuments(form: HostForm, minted: readonly MintedKey[]): HostDocument[] {
  const one = (name: string, text: string): HostDocument[] => [{ name, text }];
  switch (form) {
    case 'shell':
      return one('emisar-keys.txt', minted.map(shellLines).join(''));
    case 'plain':
      return one('emisar-keys.txt', minted.map(({ secret }) => `${secret}\n`).join(''));
    case 'csv':
      return one('emisar-keys.csv', csvText(minted));
    case 'json':
      return one('emisar-keys.json', `${JSON.stringify({ items: minted }, null, 2)}\n`);
    case 'cloud-init':
      return eachNamed(minted, '.user-data.yaml', userData);
    case 'packer':
      return eachNamed(minted, '.pkrvars.hcl', packerVariables);
    case 'ansible':
      return ansibleFiles(minted);
  }
}

function eachNamed(
  minted: readonly MintedKey[],
  ending: string,
  text: (minted: MintedKey) => string,
): HostDocument[] {
  const taken = new Set<string>();
  return minted.map((one) => {
    const name = freeName(one.key.host ?? 'emisar', taken);
    return { name: name + ending, text: text(one) };
  });
}

/** A host's name as a file's: what no file system minds, and not the name of a file before it. */
function freeName(host: string, taken: Set<string>): string {
  const plain = host.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[.-]/, '_');
  let name = plain;
  for (let no = 2; taken.has(name.toLowerCase()); no += 1) name = `${plain}-${no}`;
  taken.add(name.toLowerCase());
  return name;
}

/** For a comment of one line. */
function hostName({ key }: MintedKey): string {
  return key.host === null ? 'any host' : neutralise(key.host);
}

function shellLines(minted: MintedKey): string {
  const line = `${neutralise(minted.command)}\n`;
  return minted.key.host === null ? line : `# ${hostName(minted)}\n${line}`;
}

function csvText(minted: readonly MintedKey[]): string {
  const rows = minted.map(({ key, secret }) => [
    key.host === null ? '' : neutralise(key.host),
    secret,
    key.expires_at,
    key.id,
  ]);
  return [['host', 'secret', 'expires_at', 'id'], ...rows].map((row) => `${csvLine(row)}\n`).join('');
}

function indented(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
}

function userData(minted: MintedKey): string {
  return `#cloud-config
# Enrolls ${hostName(minted)} with emisar at its first start. The image brings the program \`emisar\`.
users:
  - default
  - name: ${SERVICE_USER}
    system: true
    shell: /usr/sbin/nologin
    no_create_home: true
write_files:
  - path: ${ENVIRONMENT_PATH}
    owner: root:root
    permissions: "0600"
    content: |
${indented(environmentFile(minted.settings, minted.secret), '      ')}  - path: ${SERVICE_PATH}
    owner: root:root
    permissions: "0644"
    content: |
${indented(serviceUnit, '      ')}runcmd:
  - [systemctl, daemon-reload]
  - [systemctl, enable, --now, emisar.service]
`;
}

const packerUse = `# packer build -var-file=THIS_FILE .
# The image brings the program \`emisar\`. Every machine that is started from it presents this key: mint one that is
# reusable and expires. In the template:
#   variable "emisar_environment" {
#     type      = string
#     sensitive = true
#   }
#   variable "emisar_service" { type = string }
#   provisioner "shell" { inline = ["umask 077; mkdir -p /tmp/emisar"] }
#   provisioner "file" {
#     content     = var.emisar_environment
#     destination = "/tmp/emisar/runner.env"
#   }
#   provisioner "file" {
#     content     = var.emisar_service
#     destination = "/tmp/emisar/emisar.service"
#   }
#   provisioner "shell" {
#     inline = [
#       "id ${SERVICE_USER} || sudo useradd --system --no-create-home --shell /usr/sbin/nologin ${SERVICE_USER}",
#       "sudo install -D -m 0600 /tmp/emisar/runner.env ${ENVIRONMENT_PATH}",
#       "sudo install -D -m 0644 /tmp/emisar/emisar.service ${SERVICE_PATH}",
#       "rm -r /tmp/emisar; sudo systemctl enable emisar.service",
#     ]
#   }
`;

function packerVariables({ settings, secret }: MintedKey): string {
  return (
    packerUse +
    `emisar_environment = ${quoteForHcl(environmentFile(settings, secret))}\n` +
    `emisar_service = ${quoteForHcl(serviceUnit)}\n`
  );
}

const ansibleUse = `# The hosts have the program \`emisar\`. Tasks that use these variables (become: true, no_log: true):
#   - ansible.builtin.user: { name: ${SERVICE_USER}, system: true, shell: /usr/sbin/nologin, create_home: false }
#   - ansible.builtin.file: { path: /etc/emisar, state: directory, mode: "0755" }
#   - ansible.builtin.copy: { content: "{{ emisar_environment }}", dest: ${ENVIRONMENT_PATH}, mode: "0600" }
#   - ansible.builtin.copy: { content: "{{ emisar_service }}", dest: ${SERVICE_PATH}, mode: "0644" }
#   - ansible.builtin.systemd_service: { name: emisar, enabled: true, state: started, daemon_reload: true }
`;

// `!unsafe`: what a name says is never taken for a template of Jinja.
const ansibleText = (text: string) => `!unsafe ${quoteForYaml(text)}`;
const ansibleVariables = ({ settings, secret }: MintedKey) =>
  `emisar_environment: ${ansibleText(environmentFile(settings, secret))}\n`;
const ansibleService = `emisar_service: ${ansibleText(serviceUnit)}\n`;

/** Named hosts make one inventory; a key for any host is a file of variables. */
function ansibleFiles(minted: readonly MintedKey[]): HostDocument[] {
  const named = minted.filter(({ key }) => key.host !== null);
  const others = minted.filter(({ key }) => key.host === null);
  const hosts = named.map(
    (one) => `        ${quoteForYaml(hostName(one))}:\n          ${ansibleVariables(one)}`,
  );
  const inventory = `${ansibleUse}all:
  children:
    emisar:
      vars:
        ${ansibleService}      hosts:
${hosts.join('')}`;
  return [
    ...(named.length === 0 ? [] : [{ name: 'emisar-inventory.yaml', text: inventory }]),
    ...eachNamed(others, '-vars.yaml', (one) => ansibleUse + ansibleVariables(one) + ansibleService),
  ];
}
