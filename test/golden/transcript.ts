// A measured answer of a HEC: what was asked, what came back word for word, and what must follow from it.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { type SimRequest } from '../../simulators/http.ts';
import { type HecFaultName } from '../../simulators/hec/fault-table.ts';
import { type HecSwitches } from '../../simulators/hec/switches.ts';

export interface Asked {
  method: string;
  path: string;
  /** `{token}` and `{basic}` stand for the valid token. */
  headers: Record<string, string>;
  /** One object each; `%PAD%` in them becomes `pad` characters, `%FIELDS%` so many fields. */
  lines?: string[];
  pad?: number;
  fields?: number;
  gzip?: boolean;
  /** Milliseconds that pass before it is asked. */
  afterMs?: number;
}

export interface Transcript {
  name: string;
  /** Where splunk-hec says so, and who measured it. */
  measured: string;
  about: string;
  switches?: Partial<HecSwitches>;
  fault?: HecFaultName;
  before?: Asked[];
  request: Asked;
  /** `html`: a web page of no measured text. */
  reply: { status: number; type: 'json' | 'html' | null; body?: string; headers?: Record<string, string> };
  transport?: 'http/1.0';
  /** Events that are indexed afterwards; absent: too large to tell. */
  held?: string[];
  /** What the answer means for the records of the request; `worked`: the path has answered before. */
  conclusion?: { taken: number; ackId: number | null; rest: string; code?: string };
  worked?: boolean;
  /** What becomes of the same lines when the destination delivers them, with all that it asks on its own. */
  delivered?: {
    held: string[];
    rejected: [index: number, code: string][];
    error: string | null;
    owed: number;
    requests: number;
    possibleDuplicates: number;
  };
  /** Of an answer on acknowledgements: whether it confirms ackId 0. */
  acknowledges?: boolean;
  /** The answer is part of a check that ends well. */
  check?: boolean;
  /** Loss that no answer shows, and what keeps it away. */
  unseen?: string;
}

const FOLDER = new URL('hec/', import.meta.url);

export const transcripts: readonly Transcript[] = readdirSync(FOLDER)
  .sort()
  .map((file) => ({
    ...(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Transcript),
    name: file.replace(/\.json$/, ''),
  }));

export const linesOf = ({ lines = [], pad = 0, fields = 0 }: Asked): string[] =>
  lines.map((line) => line.replace('%PAD%', 'x'.repeat(pad)).replace('"f":"%FIELDS%"', fieldsOf(fields)));

const fieldsOf = (count: number): string => Array.from({ length: count }, (_, n) => `"f${n}":"${n}"`).join(',');

export function requestOf(asked: Asked, token: string): SimRequest {
  const basic = Buffer.from(`anyone:${token}`).toString('base64');
  const filled = (text: string): string => text.replace('{token}', token).replace('{basic}', basic);
  const headers = Object.fromEntries(Object.entries(asked.headers).map(([name, value]) => [name, filled(value)]));
  const body = Buffer.from(linesOf(asked).join('\n'));
  return {
    method: asked.method,
    path: filled(asked.path),
    headers: { ...headers, ...(asked.gzip && { 'content-encoding': 'gzip' }) },
    body: asked.gzip ? gzipSync(body) : body,
  };
}
