// The key of an attribute version: `uuid:timestamp:deleted`. The flag is part of it, because removing an attribute by
// editing its object deletes it with the old timestamp (misp-api 4.1). Packed it has 21 bytes, 28 base64 characters.
import { fromBase64, hexToBase64 } from './base64.ts';

export const KEY_CHARACTERS = 28;

export interface AttributeKey {
  /** Lower case, with dashes. */
  uuid: string;
  /** Epoch seconds; MISP's column is a signed 32-bit number. */
  timestamp: number;
  deleted: boolean;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => UUID.test(text);

/** Throws RangeError when the uuid is none, or the timestamp does not fit into 32 bits. */
export function packKey({ uuid, timestamp, deleted }: AttributeKey): string {
  if (!isUuid(uuid)) throw new RangeError(`not a uuid: ${uuid.slice(0, 50)}`);
  if (!Number.isInteger(timestamp) || (timestamp | 0) !== timestamp)
    throw new RangeError(`not a 32-bit timestamp: ${timestamp}`);
  const time = (timestamp >>> 0).toString(16).padStart(8, '0');
  return hexToBase64(`${uuid.replaceAll('-', '')}${time}${deleted ? '01' : '00'}`);
}

/** The reverse of packKey, with the uuid in lower case. */
export function unpackKey(packed: string): AttributeKey {
  const bytes = fromBase64(packed);
  const hex = bytes
    .slice(0, 16)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
  return {
    uuid: [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-'),
    timestamp: (bytes[16]! << 24) | (bytes[17]! << 16) | (bytes[18]! << 8) | bytes[19]!,
    deleted: bytes[20] === 1,
  };
}

/** The keys of a page, which travel as one string. */
export function* slicesOf(keys: string): Generator<string> {
  for (let at = 0; at < keys.length; at += KEY_CHARACTERS) yield keys.slice(at, at + KEY_CHARACTERS);
}
