// Real pipes for the output of actions. Node itself gives children socket pairs, and no program can open
// /dev/stdout when that is a socket; so pipes are made with mkfifo, and lose their names at once.
import { execFile } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { findProgram } from './program-path.ts';

export interface OutputPipe {
  /** For the child; closed by closeWriteEnds once it has inherited it. */
  readonly writeEnd: number;
  readonly readEnd: number;
}

export interface OutputPipes {
  readonly stdout: OutputPipe;
  readonly stderr: OutputPipe;
}

/** Makes pipes, one pair ahead so that a run does not wait. */
export class PipeSupply {
  readonly #mkfifo: string | null;
  #spare: Promise<OutputPipes | null> | null = null;
  #isClosed = false;

  constructor(environment: NodeJS.ProcessEnv) {
    this.#mkfifo = findProgram('mkfifo', environment);
  }

  /** A pair of pipes; null where they cannot be had, and then Node's socket pairs serve. */
  async take(): Promise<OutputPipes | null> {
    const pair = this.#spare ?? this.#make();
    this.#spare = this.#isClosed ? null : this.#make();
    return (await pair) ?? null;
  }

  /** Closes the spare pair. What was taken belongs to its run. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const spare = await this.#spare;
    this.#spare = null;
    if (spare) discardPipes(spare);
  }

  async #make(): Promise<OutputPipes | null> {
    if (this.#mkfifo === null) return null;
    try {
      return await makePipes(this.#mkfifo);
    } catch {
      return null;
    }
  }
}

/** Closes the ends that belong to the child; from then on the readers see its end. */
export function closeWriteEnds({ stdout, stderr }: OutputPipes): void {
  closeSync(stdout.writeEnd);
  closeSync(stderr.writeEnd);
}

/** Gives up a pair that nothing reads yet. */
export function discardPipes(pipes: OutputPipes): void {
  closeWriteEnds(pipes);
  closeSync(pipes.stdout.readEnd);
  closeSync(pipes.stderr.readEnd);
}

/** Begins to read; from here on the stream owns the descriptor, and keeps this process alive. */
export function readPipe(pipe: OutputPipe): Readable {
  return new Socket({ fd: pipe.readEnd, readable: true, writable: false });
}

async function makePipes(mkfifo: string): Promise<OutputPipes> {
  const folder = await mkdtemp(join(tmpdir(), 'emisar-output-'));
  try {
    const names = ['stdout', 'stderr'].map((name) => join(folder, name));
    // Open to all, in a folder that nobody else can enter: an action of another account may reopen its output.
    await new Promise<void>((resolve, reject) => {
      execFile(mkfifo, ['-m', '666', ...names], { env: {} }, (error) => (error ? reject(error) : resolve()));
    });
    const [stdout = '', stderr = ''] = names;
    return { stdout: openPipe(stdout), stderr: openPipe(stderr) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function openPipe(path: string): OutputPipe {
  // Without O_NONBLOCK the reader would wait for a writer, and the writer for a reader.
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  return { writeEnd, readEnd };
}
