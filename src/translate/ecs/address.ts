// IP addresses and ranges. `node:net` is not for pure code, and a range must never land in a field of type `ip`.

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const V4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const GROUP = /^[0-9a-f]{1,4}$/i;

/** Null: no address. Without zone and port. */
export function versionOf(text: string): 4 | 6 | null {
  if (V4.test(text)) return 4;
  return isV6(text) ? 6 : null;
}

function isV6(text: string): boolean {
  if (text.length > 45 || !text.includes(':')) return false;
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const mapped = last.includes('.');
  if (mapped && !V4.test(last)) return false;
  const count = groups.length + (mapped ? 1 : 0);
  const plain = mapped ? groups.slice(0, -1) : groups;
  return plain.every((group) => GROUP.test(group)) && (halves.length === 2 ? count < 8 : count === 8);
}

/** `192.0.2.0/24`, `2001:db8::/32`; null: none. A range of one address is that address. */
export function rangeOf(text: string): { version: 4 | 6; single: string | null } | null {
  const [address = '', length = '', ...rest] = text.split('/');
  const version = versionOf(address);
  if (version === null || rest.length > 0 || !/^\d{1,3}$/.test(length)) return null;
  const bits = Number(length);
  const most = version === 4 ? 32 : 128;
  return bits > most ? null : { version, single: bits === most ? address : null };
}
