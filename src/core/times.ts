// Times that a person can type.

const DAY_SECONDS = 86_400;
const UNIT_SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: DAY_SECONDS, w: 7 * DAY_SECONDS };

/** The end of the year 9999. */
export const SECOND_MAX = 253_402_300_799;

/** `90s`, `5m`, `36h`, `30d`, `2w` in seconds; undefined when it is none of these. */
export function durationOf(text: string): number | undefined {
  const match = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim());
  return match ? Number(match[1]) * UNIT_SECONDS[match[2]!]! : undefined;
}

/**
 * A point in time in epoch seconds: epoch seconds themselves (number or digits), an ISO date or date-time (without a zone:
 * UTC), or a time ago as in `30d`. Undefined when it is none of these, or outside the years 1970–9999.
 */
export function timeOf(input: unknown, now: number): number | undefined {
  const second = secondOf(input, now);
  return second >= 0 && second <= SECOND_MAX ? second : undefined;
}

function secondOf(input: unknown, now: number): number {
  if (typeof input === 'number') return Math.floor(input);
  if (typeof input !== 'string') return NaN;
  const text = input.trim();
  const ago = durationOf(text);
  if (ago !== undefined) return Math.max(0, now - ago);
  if (/^\d{1,12}$/.test(text)) return Number(text);
  // Date.parse takes much more than ISO dates, and reads it in the zone of this machine.
  const iso = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  if (!iso) return NaN;
  const zone = iso[1] === undefined ? '' : (iso[4] ?? 'Z');
  return Math.floor(Date.parse(iso[4] === undefined ? text.replace(' ', 'T') + zone : text.replace(' ', 'T')) / 1000);
}

/** `2026-11-25T13:00:00Z`; a second that no date can show is printed as it is. */
export const isoOf = (second: number): string =>
  Math.abs(second) <= SECOND_MAX ? new Date(second * 1000).toISOString().replace('.000Z', 'Z') : String(second);
