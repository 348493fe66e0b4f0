// Structured logs on stderr: readable lines on a terminal, JSON elsewhere. stdout belongs to the answers of commands.
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

export function createLog(level: LogLevel, terminal: boolean = process.stderr.isTTY): Logger {
  const options = { level, redact: REDACTED, base: {}, timestamp: pino.stdTimeFunctions.isoTime };
  const stream = terminal
    ? pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'HH:MM:ss', singleLine: true })
    : pino.destination({ fd: 2, sync: true });
  return pino(options, stream);
}
