// The part of the catalogue of refusals that is about starting a program: its port, its store, its profile.
import type { RefusalEntry } from './refusal-entry.ts';

export const startRefusals = {
  port_in_use: {
    status: 500,
    sentence: 'Cannot listen: the port is in use',
    fix: 'Stop the other program, or choose another with --listen (127.0.0.1:0 picks a free one)',
  },
  data_dir_unusable: {
    status: 500,
    sentence: 'Cannot use the data directory',
    fix: 'Make it writable for this user, or name another with --data-dir',
  },
  data_dir_locked: {
    status: 500,
    sentence: 'Cannot use the data directory: another process holds it',
    fix: 'Stop the other process, or name another directory with --data-dir',
    fault: 'service.locked',
  },
  data_dir_newer: {
    status: 500,
    sentence: 'Cannot use the data directory: it belongs to a newer version',
    fix: 'Install that version, or name another directory with --data-dir',
  },
  database_unreachable: {
    status: 500,
    sentence: 'Cannot use the store that EMISAR_DATABASE_URL names',
    fix: 'Check that it runs and that host, name, user and password are right, or unset EMISAR_DATABASE_URL',
  },
  data_dir_missing: {
    status: 500,
    sentence: 'Cannot serve: nothing was set up in this data directory',
    fix: 'Run `emisar-cloud init --data-dir DIR` first',
  },
  file_exists: {
    status: 409,
    sentence: 'Cannot write this file: there is one of that name already',
    fix: 'Name another file, or move the present one away',
  },
  backup_unwritable: {
    status: 500,
    sentence: 'Cannot write the backup',
    fix: 'Name a file in a folder with room, into which the user that emisar-cloud runs as may write',
  },
  backup_damaged: {
    status: 500,
    sentence: 'Cannot use this file: it is not a whole backup of emisar-cloud',
    fix: 'Take an older backup; if `emisar-cloud doctor` finds the store itself damaged, restore one',
  },
  store_elsewhere: {
    status: 409,
    sentence: 'Cannot do this here: everything is kept in PostgreSQL',
    fix: 'Use its own tools: `pg_dump --format=custom --file FILE` copies, `pg_restore --clean` brings back; stop every emisar-cloud before you restore',
  },
  already_initialised: {
    status: 409,
    sentence: 'Cannot set up: this data directory has an account already',
    fix: 'Serve it with `emisar-cloud serve`, or name another directory',
  },
  audit_broken: {
    status: 500,
    sentence: 'The audit trail is not what was written',
    fix: 'Keep this store as it is, compare it with a backup or an export, and find out who could write to it',
  },
  not_signed_in: {
    status: 401,
    sentence: 'Cannot do this: no profile is stored',
    fix: 'Sign in with `emisar-console login --url URL --token-stdin`, or try `emisar-console local`',
  },
  profile_exposed: {
    status: 401,
    sentence: 'Cannot use the stored profile: others can read the file',
    fix: 'Run chmod 600 on the named file, and revoke the token if others may have read it',
  },
  insecure_url: {
    status: 400,
    sentence: 'Cannot use plain http beyond this machine',
    fix: 'Use https, or a loopback address',
  },
} as const satisfies Record<string, RefusalEntry>;
