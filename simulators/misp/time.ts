/** A window with both ends included; null: open. */
export interface Window {
  low: number | null;
  high: number | null;
}

export class BadRequest extends Error {}

const units: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** A time filter (misp-api 2.3, misp-live 2). `undefined`: no condition. Throws `BadRequest` on a list without 2 elements. */
export function windowOf(value: unknown, now: number): Window | undefined {
  if (value === undefined || value === false || value === '')
    return value === '' ? { low: now + 1, high: null } : undefined;
  const ends = listOf(value);
  if (ends) {
    if (ends.length !== 2) throw new BadRequest('a time window has 2 ends');
    const [a, b] = ends.map((end) => moment(end, now)).sort((x, y) => x - y) as [number, number];
    return { low: a <= 0 ? null : a, high: b };
  }
  if (typeof value === 'object') throw new BadRequest('a time is no object');
  const low = moment(value, now);
  return low <= 0 ? undefined : { low, high: null };
}

/** PHP knows no difference between a list and an object with the keys 0 and 1. */
function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.keys(value).every((key, i) => key === String(i)) ? Object.values(value) : undefined;
}

/** Epoch seconds; what cannot be read is now + 1, which nothing reaches. */
function moment(value: unknown, now: number): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value !== 'string') return now + 1;
  if (/^-?\d+(\.\d+)?$/.test(value)) return Math.trunc(Number(value));
  const delta = /^(\d+(?:\.\d+)?)([dhms])$/.exec(value);
  if (delta) return Math.trunc(now - Number(delta[1]) * units[delta[2]!]!);
  const date = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? now + 1 : Math.trunc(date / 1000);
}

export const inside = (window: Window, value: number): boolean =>
  (window.low === null || value >= window.low) && (window.high === null || value <= window.high);
