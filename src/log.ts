// Structured logs on stderr: readable lines on a terminal, JSON elsewhere. stdout belongs to the answers of commands.
import { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';
import { build as pretty } from 'pino-pretty';

export type { Logger } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Secrets never reach a log by our own hand; these paths are a second wall. */
const REDACTED = [
  'authorization',
  '*.authorization',
  'apiKey',
  '*.apiKey',
  'token',
  '*.token',
  '*.headers.authorization',
];

let makeRoom = (): void => {};

/** On a terminal: called before a line is written, so that a live view can step aside. The last caller is the one. */
export const beforeLogLine = (then: () => void): void => {
  makeRoom = then;
};

const terminalStream = (): Writable =>
  new Writable({
    write(text, _, done) {
      makeRoom();
      process.stderr.write(text as Buffer, done);
    },
  });

export function createLog(level: LogLevel, terminal: boolean = process.stderr.isTTY): Logger {
  const options = { level, redact: REDACTED, base: {}, timestamp: pino.stdTimeFunctions.isoTime };
  const stream = terminal
    ? pretty({ destination: terminalStream(), ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true })
    : pino.destination({ fd: 2, sync: true });
  return pino(options, stream);
}
