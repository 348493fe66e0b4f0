/** An accepted envelope. */
export interface Envelope {
  event: unknown;
  time?: number | string | undefined;
  host?: string | undefined;
  source?: string | undefined;
  sourcetype?: string | undefined;
  index?: string | undefined;
  fields?: Record<string, unknown> | undefined;
}

/** `stop`: an unknown key; the request ends here with 200 and loses the rest (T3). `skip`: fields without event (T4). */
export type Verdict =
  { kind: 'event'; envelope: Envelope } | { kind: 'bad'; code: number } | { kind: 'stop' } | { kind: 'skip' };

const known = new Set(['time', 'host', 'source', 'sourcetype', 'index', 'event', 'fields']);
const texts = ['host', 'source', 'sourcetype', 'index'] as const;
const bad = (code: number): Verdict => ({ kind: 'bad', code });

/** What splunkd makes of one object (splunk-hec 3.3, T1 to T4). `mayUse`: whether the token may write to an index. */
export function judge(value: unknown, mayUse: (index: string | undefined) => boolean): Verdict {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(6);
  const object = value as Record<string, unknown>;
  for (const key in object) if (!known.has(key)) return { kind: 'stop' };
  for (const key of texts) if (key in object && typeof object[key] !== 'string') return bad(6);
  const { fields, event, time } = object;
  if (Array.isArray(fields) || (fields !== undefined && fields !== null && typeof fields !== 'object')) return bad(6);
  if (!('event' in object)) return fields === undefined ? bad(12) : { kind: 'skip' };
  if (isBlank(event)) return bad(13);
  if (time !== undefined && !isNumeric(time)) return bad(15);
  if (fields && Object.values(fields).some(isNested)) return bad(15);
  const envelope = object as unknown as Envelope;
  return mayUse(envelope.index) ? { kind: 'event', envelope } : bad(7);
}

function isBlank(event: unknown): boolean {
  if (event === null) return true;
  if (typeof event === 'string') return event.trim() === '';
  if (Array.isArray(event)) return event.length === 0;
  if (typeof event !== 'object') return false;
  for (const _ in event) return false;
  return true;
}

const isNumeric = (time: unknown): boolean =>
  typeof time === 'number' || (typeof time === 'string' && time.trim() !== '' && Number.isFinite(Number(time)));

const isNested = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (!Array.isArray(value) || value.some((member) => typeof member === 'object' && member !== null));
