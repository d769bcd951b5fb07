// The log of the control plane: one JSON object a line on stderr. No secret gets into it, whoever logs what.
import { pino, type Logger } from 'pino';

const SECRET = /\b(emop-|rnrtok-|emkey-auth-|emkey-enroll-|emk-|emwhk-)[A-Za-z0-9_-]{8,}/g;

/** `write` takes finished lines; by default they go to stderr. */
export function createLog(level: string, write: (line: string) => void = writeToStderr): Logger {
  return pino(
    {
      level,
      base: { program: 'emisar-cloud' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: [
          'authorization',
          '*.authorization',
          'secret',
          '*.secret',
          'token',
          '*.token',
          'headers',
          '*.headers',
        ],
        censor: '[masked]',
      },
    },
    // A net below the net: error texts and stacks come from anywhere.
    { write: (line: string) => write(line.replace(SECRET, '$1[masked]')) },
  );
}

function writeToStderr(line: string): void {
  process.stderr.write(line);
}
