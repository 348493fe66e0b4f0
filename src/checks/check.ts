// What `check` finds out about one source, one destination, the store or Temporal: one line with the worst level, what was seen,
// and what to do about it.
import { ConfigError, messageOf, RelayError } from '../errors.ts';

export type Level = 'ok' | 'warning' | 'failed';

export interface Check {
  subject: 'source' | 'destination' | 'store' | 'temporal';
  name: string;
  level: Level;
  message: string;
  remedy?: string;
  /** Of docs/errors.md, where the relay itself would fail with it. */
  code?: string;
}

/** One thing that is not as it should be. */
export interface Finding {
  level: 'warning' | 'failed';
  message: string;
  remedy?: string;
  code?: string;
}

/** Failures first; what is well stands behind them, in brackets. */
export function checkOf(
  subject: Check['subject'],
  name: string,
  findings: readonly Finding[],
  facts: readonly string[],
): Check {
  const sorted = [...findings].sort((a, b) => Number(b.level === 'failed') - Number(a.level === 'failed'));
  const remedy = [...new Set(sorted.flatMap((finding) => finding.remedy ?? []))].join('; ');
  const code = sorted.find((finding) => finding.code !== undefined)?.code;
  return {
    subject,
    name,
    level: sorted[0]?.level ?? 'ok',
    message: sorted.length === 0 ? facts.join('; ') : troubled(sorted, facts),
    ...(remedy === '' ? {} : { remedy }),
    ...(code === undefined ? {} : { code }),
  };
}

function troubled(findings: readonly Finding[], facts: readonly string[]): string {
  const troubles = findings.map(({ message }) => message).join('; ');
  return facts.length === 0 ? troubles : `${troubles} (${facts.join('; ')})`;
}

/** An error of ours is one sentence: what happened, a colon, what to do. Colons inside brackets, hosts and keys do not count. */
export function findingOf(sentence: string, level: Finding['level'], code?: string): Finding {
  const [, message = sentence, remedy] = /^((?:\([^)]*\)|:(?!\s)|[^:(])*): (.+?)\.?$/s.exec(sentence) ?? [];
  return {
    level,
    message: message.replace(/\.$/, ''),
    ...(remedy === undefined ? {} : { remedy }),
    ...(code === undefined ? {} : { code }),
  };
}

export function failureOf(error: unknown): Finding {
  if (error instanceof ConfigError) return { level: 'failed', message: error.lines.join('; ') };
  return findingOf(messageOf(error), 'failed', error instanceof RelayError ? error.code : undefined);
}

/** `warning  source main: its clock is 75 s ahead of ours …: let both follow NTP [CODE]` */
export function lineOf({ subject, name, level, message, remedy, code }: Check): string {
  const words = remedy === undefined ? message : `${message} → ${remedy}`;
  return `${level.padEnd(7)}  ${subject} ${name}: ${words}${code === undefined ? '' : ` [${code}]`}`;
}
