// The engine of this host as its configuration asks for it: the same for the daemon and for a local run.
import { hostname } from 'node:os';
import type { PackSet } from '../packs/load.ts';
import type { RandomBytes } from '../protocol/ids.ts';
import type { Clock } from './clock.ts';
import { externalIdOf, protectedRootsOf, type Environment } from './config.ts';
import type { RunnerConfig } from './config-file.ts';
import { createEngine, type Engine } from './execution/engine.ts';
import { compileAdmission, isAdmitted, type AdmissionRules } from './gates/admission.ts';
import type { SignatureGate } from './gates/signature-gate.ts';
import type { Journal } from './journal/journal.ts';
import type { HostFacts } from './link/runner-state.ts';

export interface HostEngineParts {
  readonly config: RunnerConfig;
  readonly packs: PackSet;
  readonly journal: Journal;
  /** Judges dispatches where signatures are enforced. */
  readonly signature?: SignatureGate | null;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly environment: Environment;
}

/** Wires the engine; a Refusal names a pattern of the configuration that is malformed. */
export function createHostEngine(parts: HostEngineParts): Engine {
  const { config, packs, journal, clock } = parts;
  return createEngine({
    packs,
    journal,
    identity: { group: config.runner.group, runnerId: externalIdOf(config) },
    admission: admissionOf(config),
    signature: parts.signature ?? null,
    execution: { ...config.execution, maxPreviewBytes: config.events.maxPreviewBytes },
    // The kernel keeps the environment that we were started with, key and all, where path arguments could read it.
    protectedRoots: [...protectedRootsOf(config), `/proc/${process.pid}`, '/proc/self', '/proc/thread-self'],
    redactionRules: config.redaction,
    clock,
    environment: parts.environment,
    random: parts.randomBytes,
  });
}

/** What the configuration says of this host; a Refusal when its admission rules cannot be read. */
export function hostFactsOf(config: RunnerConfig, version: string, environment: Environment): HostFacts {
  const admission = compileAdmission(admissionOf(config));
  return {
    version,
    hostname: hostname(),
    group: config.runner.group,
    labels: config.runner.labels,
    searchPath: environment['PATH'] ?? '',
    isAdmitted: (action) => isAdmitted(admission, action),
    signing: config.signing.isEnforced ? config.signing : null,
  };
}

/** The configured rules in the form that the gates compile. */
function admissionOf({ admission }: RunnerConfig): AdmissionRules {
  const { allow, deny, maxRisk } = admission;
  return { allow, deny, ...(maxRisk === null ? {} : { maxRisk }) };
}
