// Dates as `strict_date_optional_time||epoch_millis` and the other formats in use read them.

const iso =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d)(?::(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(Z|[+-]\d\d(?::?\d\d)?)?)?)?)?)?$/;
/** The form that most dates have, with a day and an hour that always are. */
const usual = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;
const days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const months = 'JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER'.split(' ');

/** Milliseconds since 1970; `undefined`: no such form; a text: the form is right but there is no such day. */
export function parseIso(text: string): number | string | undefined {
  if (usual.test(text)) return Date.parse(text);
  const match = iso.exec(text);
  if (!match) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone] = match;
  const m = Number(month);
  const d = Number(day);
  if (m < 1 || m > 12 || d < 1 || d > 31 || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const leap = m === 2 && d === 29 && new Date(Date.UTC(Number(year), 1, 29)).getUTCMonth() !== 1;
  if (d > days[m - 1]! || leap)
    return leap ? `Invalid date 'February 29' as '${year}' is not a leap year` : `Invalid date '${months[m - 1]} ${d}'`;
  const offset =
    zone === undefined || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.length > 3 ? zone.slice(-2) : '00'}`;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${`${fraction}000`.slice(0, 3)}${offset}`);
}

const number = /^-?\d+(\.\d+)?$/;

/** A value in one of `formats` (`a||b`). Formats that are not known here take what `Date.parse` takes. */
export function parseDate(value: string | number, formats: string): number | string | undefined {
  const text = String(value);
  let wrong: string | undefined;
  for (const format of formats.split('||')) {
    if (format === 'epoch_millis' || format === 'epoch_second') {
      if (number.test(text)) return Number(text) * (format === 'epoch_second' ? 1000 : 1);
      continue;
    }
    const parsed = format.includes('optional_time') || format === 'yyyy-MM-dd' ? parseIso(text) : other(text, format);
    if (typeof parsed === 'number') return parsed;
    wrong ??= parsed;
  }
  return wrong;
}

export const defaultFormat = 'strict_date_optional_time||epoch_millis';

function other(text: string, format: string): number | undefined {
  if (text.length !== format.replaceAll("'", '').length && format.startsWith('yyyy')) return undefined;
  if (format.includes('/') !== text.includes('/')) return undefined;
  const parsed = Date.parse(`${text.replaceAll('/', '-').replace(' ', 'T')}${text.includes(':') ? 'Z' : ''}`);
  return Number.isNaN(parsed) ? undefined : parsed;
}

const units: Record<string, number> = { s: 1e3, m: 6e4, h: 36e5, H: 36e5, d: 864e5, w: 6048e5, M: 2592e6, y: 31536e6 };

/** `now`, `now-1d`, `2026-01-01||+1h`, or a date (elasticsearch date math; a month counts as 30 days here). */
export function dateMath(value: string | number, formats: string, now: number): number | undefined {
  const text = String(value);
  const match = /^(now|.+\|\|)((?:[+-]\d+[smhHdwMy])*)(?:\/([smhHdwMy]))?$/.exec(text);
  if (!match) {
    const parsed = parseDate(value, formats);
    return typeof parsed === 'number' ? parsed : undefined;
  }
  const base = match[1] === 'now' ? now : parseDate(match[1]!.slice(0, -2), formats);
  if (typeof base !== 'number') return undefined;
  let at = base;
  for (const [, sign, count, unit] of match[2]!.matchAll(/([+-])(\d+)([smhHdwMy])/g)) {
    at += (sign === '-' ? -1 : 1) * Number(count) * units[unit!]!;
  }
  return match[3] === undefined ? at : at - (at % units[match[3]]!);
}
