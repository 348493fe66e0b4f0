// A log whose lines can be looked at.
import { pino, type Logger } from 'pino';

export interface Line extends Record<string, unknown> {
  level: number;
  msg: string;
}

export function logLines(level = 'debug'): { log: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const log = pino({ level, base: {} }, { write: (text: string) => void lines.push(JSON.parse(text) as Line) });
  return { log, lines };
}
