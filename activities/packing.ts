// How pages and shipments are kept in the store: gzip, made off the main thread so that heartbeats go on.
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { createHash } from 'node:crypto';

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Small and quick: these bytes live for a second. */
const LEVEL = 1;
/** A batch travels on as it is packed here. Higher levels cost more than the network that they spare. */
const BATCH_LEVEL = 4;

export const packBytes = (bytes: Uint8Array | string): Promise<Buffer> => zip(bytes, { level: LEVEL });
export const packLines = (lines: readonly string[]): Promise<Buffer> => zip(lines.join('\n'), { level: BATCH_LEVEL });
export const unpackText = async (bytes: Uint8Array): Promise<string> => (await unzip(bytes)).toString();

export const packJson = (value: unknown): Promise<Buffer> => packBytes(JSON.stringify(value));
export const unpackJson = async <T>(bytes: Uint8Array): Promise<T> => JSON.parse(await unpackText(bytes)) as T;

/** A ref never repeats, or two empty polls would share one receipt: it names the run, the activity and the content. */
export const refOf = (prefix: string, bytes: Uint8Array): string =>
  `${prefix}/${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}`;
