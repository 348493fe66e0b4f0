// MISP's times as Elasticsearch takes them: `YYYY-MM-DDTHH:MM:SS.mmmZ`, years 1 to 9999.

const SECOND_MIN = -62_135_596_800;
const SECOND_MAX = 253_402_300_799;
const MICROSECONDS = /^\d{16}$/;

/** Null: outside of the range. */
export const dateOfSeconds = (second: number): string | null =>
  second >= SECOND_MIN && second <= SECOND_MAX ? new Date(second * 1000).toISOString() : null;

/** ISO 8601, or microseconds in digits as older versions store them. Null: no time, or outside of the range. */
export function dateOfText(text: string): string | null {
  const ms = MICROSECONDS.test(text) ? Number(text) / 1000 : Date.parse(text);
  return Number.isNaN(ms) ? null : dateOfSeconds(ms / 1000);
}

/** `2024-12-23`, the form of Event.date. */
export const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
