// What can be wrong with a host, a pack, a run or a key, each with its cause and what to do (operator model C3).
// Refusals carry the id of their fault in errors.ts; what nobody is refused for, such as a host that is away, is
// known here alone. `explain` takes either name.

export interface Fault {
  /** Where one meets it. */
  readonly seen: string;
  readonly cause: string;
  readonly fix: string;
  /** What to type, on the host unless it begins with emisar-console or emisar-cloud. */
  readonly commands: readonly string[];
}

const status = 'systemctl status emisar';
const log = 'journalctl -u emisar -n 50';
const doctor = 'sudo emisar doctor';
const mint = 'emisar-console keys mint --hosts -';

export const faults = {
  'enroll.401': {
    seen: 'log of the host; the key stays waiting',
    cause: 'The enrollment key is spent, expired, at its limit or revoked',
    fix: 'Mint a fresh key and start the runner with it',
    commands: [mint],
  },
  'enroll.400': {
    seen: 'log of the host',
    cause: 'The host names itself with nothing, or with more than 255 characters',
    fix: 'Set runner.id in its configuration, or the host name',
    commands: ['hostnamectl set-hostname NAME'],
  },
  'enroll.409': {
    seen: 'log of the host',
    cause: 'Another runner has this name: a rebuilt host, a cloned image, or two hosts named alike',
    fix: 'Delete the old runner if its host is gone, otherwise give this host a name of its own',
    commands: ['emisar-console runners delete NAME'],
  },
  'enroll.402': {
    seen: 'log of the host',
    cause: 'The account has as many runners as it may have',
    fix: 'Delete or disable a runner that is not needed',
    commands: ['emisar-console runners list status:offline'],
  },
  'connect.timeout': {
    seen: 'the runner hangs while it connects',
    cause: 'Something between host and control plane lets nothing out on port 443',
    fix: 'Open the way from the host to the control plane; nothing needs to come in',
    commands: ['curl -sS URL/healthz', log],
  },
  'connect.403': {
    seen: 'offline while its service is up',
    cause: 'The runner or the whole account is disabled',
    fix: 'Enable it; a runner of ours must then be started on the host',
    commands: ['emisar-console runners enable NAME', 'sudo systemctl start emisar'],
  },
  'connect.401': {
    seen: 'the service exits',
    cause: 'The runner was deleted or revoked, or its token expired and no usable key is left',
    fix: 'Enroll the host again with a fresh key',
    commands: [mint],
  },
  'service.failed': {
    seen: 'systemd says failed',
    cause:
      'The service was started five times in five minutes and ended each time; systemd has given up on purpose',
    fix: 'Mend what the log names, then arm it again',
    commands: [log, 'sudo systemctl reset-failed emisar && sudo systemctl start emisar'],
  },
  'service.locked': {
    seen: 'exits at its start',
    cause: 'Another process holds the same data directory',
    fix: 'Stop the stray one',
    commands: ['pgrep -af "emisar.* connect"'],
  },
  'runner.offline': {
    seen: 'badge offline',
    cause: 'The host, its network or its service is down',
    fix: 'Look whether it was disabled, then at the service on the host',
    commands: [status, doctor, log],
  },
  'runner.stale': {
    seen: 'badge stale',
    cause: 'It is connected and a heartbeat is overdue; the connection is about to be given up',
    fix: 'Wait until it reconnects, then do as for one that is offline',
    commands: [status],
  },
  'runner.flapping': {
    seen: 'many connects and disconnects in the trail',
    cause: 'Two hosts share one identity, or the line is unstable',
    fix: 'Look for a clone: a copied machine needs a data directory and a key of its own',
    commands: ['emisar-console audit list --target NAME', mint],
  },
  'runner.outdated': {
    seen: 'mark beside its version',
    cause: 'Its version is below what is recommended',
    fix: 'Bring the program on the host up to date; configuration and packs stay',
    commands: ['emisar version'],
  },
  'runner.unsupported': {
    seen: 'mark beside its version',
    cause: 'Its version is below what this control plane supports',
    fix: 'Bring the program on the host up to date before you rely on it; configuration and packs stay',
    commands: ['emisar version'],
  },
  'runner.held': {
    seen: 'badge held',
    cause: 'Somebody holds it: nothing new starts on it, and what runs goes on',
    fix: 'Release it once it may work again',
    commands: ['emisar-console runners release NAME'],
  },
  'runner.signed_only': {
    seen: 'running something is refused',
    cause: 'The host takes only runs that carry a signature it trusts',
    fix: 'Dispatch from where the signing key is',
    commands: [],
  },
  'pack.degraded': {
    seen: 'page of the runner',
    cause: 'A pack did not load: double ids, a script outside its folder, a link, or a broken file',
    fix: 'Validate it on the host, put it right, reload',
    commands: ['sudo emisar pack validate DIR', 'sudo systemctl reload emisar'],
  },
  'pack.pending': {
    seen: 'running something is refused',
    cause: 'Nobody has trusted these bytes yet',
    fix: 'Look at the difference and decide',
    commands: ['emisar-console packs list', 'emisar-console packs show PACK'],
  },
  'pack.drifted': {
    seen: 'running something is refused',
    cause: 'The bytes changed while the version stayed the same',
    fix: 'Find out who changed them; then trust or reject exactly what is shown',
    commands: ['emisar-console packs show PACK'],
  },
  'pack.retired': {
    seen: 'running something is refused',
    cause: 'A security release replaced this version',
    fix: 'Put the newer version in its place on the hosts that carry it; override the retirement only if you must',
    commands: ['sudo systemctl reload emisar', 'emisar-console packs override PACK@VERSION'],
  },
  'pack.disagree': {
    seen: 'trusting is refused',
    cause: 'Runners advertise different contents for one hash',
    fix: 'Bring the named hosts to the same state; one of them does not tell the truth',
    commands: ['sudo emisar pack list'],
  },
  'action.missing_executable': {
    seen: 'running something is refused',
    cause: 'The program that the action needs is not on the PATH of the service',
    fix: 'Install it on the host; the runner notices by itself',
    commands: ['sudo emisar action list'],
  },
  'action.absent': {
    seen: 'the action is not offered',
    cause: 'Its pack is not installed there, the host hides it, or it is outside your scope',
    fix: 'Look at the packs of the host, then at its admission rules, then at your access',
    commands: ['sudo emisar pack list', 'sudo emisar action list'],
  },
  'dispatch.scope': {
    seen: 'refused',
    cause: 'The runner or the pack is outside what you, or the owner of the key, may reach',
    fix: 'Have somebody widen the access',
    commands: ['emisar-console members scope NAME'],
  },
  'dispatch.denied': {
    seen: 'the run is denied',
    cause: 'Policy says no; the rule that decided stands on the run',
    fix: 'Change the rule, or do without',
    commands: ['emisar-console explain denied_by_policy'],
  },
  'run.pending_approval': {
    seen: 'the run is held',
    cause: 'Policy wants a person to approve actions of this risk',
    fix: 'Have somebody approve or deny it',
    commands: [],
  },
  'run.pending_offline': {
    seen: 'the run is queued',
    cause: 'Its runner is away; the run ends by itself after two minutes',
    fix: 'Bring the runner back, or cancel the run',
    commands: [status],
  },
  'run.error.unreached': {
    seen: 'the run ended as error',
    cause: 'The runner was away, disabled or removed while the run was queued; nothing reached the host',
    fix: 'Run it again: that is safe',
    commands: [],
  },
  'run.error.unknown': {
    seen: 'the run ended as error, its outcome unknown',
    cause: 'The connection was lost after the host had taken the run',
    fix: 'Look at the host before you repeat it: it may have had its effect',
    commands: ['sudo emisar events tail'],
  },
  'run.refused': {
    seen: 'the run ended as refused',
    cause: 'Signature, hash, admission or trust had moved when it was handed over; nothing was executed',
    fix: 'Trust the pack anew, or mend the signing',
    commands: ['sudo emisar action describe ACTION'],
  },
  'run.failed': {
    seen: 'the run ended as failed',
    cause: 'The action ran and ended with an exit code that is not 0',
    fix: 'Read its output: that is a result, not a gate',
    commands: [],
  },
  'run.timed_out': {
    seen: 'the run ended as timed out',
    cause: 'It took longer than the action allows itself',
    fix: 'Ask for less, or raise the limit in the pack',
    commands: [],
  },
  'run.truncated': {
    seen: 'marks in the output',
    cause: 'It printed more than the action allows',
    fix: 'Ask for less, or raise the limit in the pack',
    commands: [],
  },
  'run.incomplete': {
    seen: 'marks in the output',
    cause: 'Chunks were lost on the way, or were more than is kept of one run',
    fix: 'Ask for less; the journal of the host says how much there was',
    commands: ['sudo emisar events tail'],
  },
  'key.401': {
    seen: 'an agent or a console is refused',
    cause: 'Its token is revoked or was replaced',
    fix: 'Sign in again',
    commands: ['emisar-console login'],
  },
  privilege: {
    seen: 'the output says that something is not permitted',
    cause: 'The service user on the host may not do this',
    fix: 'Give that user exactly this right, by sudoers or polkit, and let the named action keep sudo working',
    commands: ['sudo -l -U emisar'],
  },
} as const satisfies Record<string, Fault>;

export type FaultId = keyof typeof faults;

export function isFaultId(text: string): text is FaultId {
  return Object.hasOwn(faults, text);
}
