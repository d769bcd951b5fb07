// What a host must know to enroll: as variables, as the line that is typed there, as the file its service reads.
// The key stands in the environment or in a file, never among the arguments of a program.
import { z } from 'zod';
import { neutralise } from './neutralise.ts';
import { quoteForEnvironmentFile, quoteForShell } from './quoting.ts';

export const MAX_LABELS = 32;
/** A label's key becomes the name of a variable, in capitals, and comes back in small letters. */
export const LabelKey = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a label is named by a-z, 0-9 and _');
export const PackName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,127}$/, 'a pack is named by its id');

/** What a host is told beside its key. */
export const HostSettings = z.object({
  /** Where it finds the control plane. */
  url: z.string(),
  group: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  /** Which of the packs that came with the program it offers; null for all of them. */
  packs: z.array(z.string()).nullable(),
});
export type HostSettings = z.infer<typeof HostSettings>;

/** The variables that `emisar connect` reads, each value on one line. */
export function hostVariables(settings: HostSettings, secret: string): [string, string][] {
  const { url, group, labels, packs } = settings;
  const variables: [string, string][] = [
    ['EMISAR_URL', url],
    ['EMISAR_AUTH_KEY', secret],
    ...(group === null ? [] : [['EMISAR_GROUP', group] satisfies [string, string]]),
    ...Object.entries(labels).map(([key, value]): [string, string] => [
      `EMISAR_LABEL_${key.toUpperCase()}`,
      value,
    ]),
    ...(packs === null ? [] : [['EMISAR_PACKS', packs.join(',')] satisfies [string, string]]),
  ];
  return variables.map(([name, value]) => [name, neutralise(value)]);
}

/** One line for a shell of the host; it begins with a space, so that shells keep it out of their history. */
export function hostCommand(settings: HostSettings, secret: string): string {
  const words = hostVariables(settings, secret).map(([name, value]) => `${name}=${quoteForShell(value)}`);
  return ` ${words.join(' ')} emisar connect`;
}

/** Text of /etc/emisar/runner.env, for the service below; it is for root alone (0600). */
export function environmentFile(settings: HostSettings, secret: string): string {
  return hostVariables(settings, secret)
    .map(([name, value]) => `${name}=${quoteForEnvironmentFile(value)}\n`)
    .join('');
}

export const ENVIRONMENT_PATH = '/etc/emisar/runner.env';
export const SERVICE_PATH = '/etc/systemd/system/emisar.service';
export const SERVICE_USER = 'emisar';

/** The program is found on the PATH of systemd; five starts in five minutes and it stays down. */
export const serviceUnit = `[Unit]
Description=emisar runner
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=5

[Service]
User=${SERVICE_USER}
Environment=EMISAR_DATA_DIR=/var/lib/emisar
EnvironmentFile=${ENVIRONMENT_PATH}
StateDirectory=emisar
StateDirectoryMode=0700
ExecStart=/usr/bin/env emisar connect
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5s
TimeoutStopSec=7m
KillMode=mixed
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
`;
