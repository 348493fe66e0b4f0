// What the relay's own client makes of each recorded answer to a search of attributes.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RelayError, RetryableError } from '../../src/errors.ts';
import { fakeMisp } from '../unit/misp/fake-misp.ts';
import { isJson, listOf, loadRecordings, parametersOf, scopeOf, type Recording } from './recording.ts';

const FIXTURE = fileURLToPath(new URL('fixtures', import.meta.url));
const REAL = fileURLToPath(new URL('../../../shared/data/misp-recordings', import.meta.url));

/** The code that docs/errors.md has for it, or `rows`. */
function rightConclusion({ response }: Recording): string {
  const { status, headers, body } = response;
  const said = isJson(body) ? String(body['message']) : '';
  if (status === 200) return Number(headers['X-Skipped-Elements-Count']) > 0 ? 'MISP_HIDES_ROWS' : 'rows';
  if (status === 405)
    return said.includes('API searches are not allowed') ? 'MISP_SEARCH_FORBIDDEN' : 'MISP_BAD_REQUEST';
  if (status >= 500) return 'MISP_SERVER_ERROR';
  const codes: Record<number, string> = {
    302: 'MISP_MAINTENANCE',
    400: 'MISP_BAD_REQUEST',
    403: 'MISP_KEY_REJECTED',
    404: 'MISP_NOT_FOUND',
    429: 'MISP_RATE_LIMIT',
  };
  return codes[status] ?? 'no answer of a MISP';
}

const isSearchInJson = (recording: Recording): boolean =>
  scopeOf(recording) === 'attributes' &&
  recording.request.method !== 'HEAD' &&
  ['json', undefined].includes(parametersOf(recording)['returnFormat'] as string | undefined);

describe.each([
  { name: 'fixture', folder: FIXTURE },
  { name: 'MISP 2.5.1', folder: REAL },
])('the client and the recordings: $name', ({ folder }) => {
  it.skipIf(!existsSync(folder))('each answer is read, or refused with the right code', async () => {
    const recordings = loadRecordings(folder).filter(isSearchInJson);
    let says = recordings[0]!.response;
    const { client } = await fakeMisp(() => says);
    const wrong: string[] = [];
    for (const recording of recordings) {
      const { response, name } = recording;
      const { 'Content-Length': _length, 'Transfer-Encoding': _encoding, ...headers } = response.headers;
      says = { ...response, headers };
      const got = await client.restSearch({ limit: 1 }).then(
        ({ rows, resultCount }) => {
          const same = rows.length === listOf(response.body, 'attributes')?.length;
          return same && String(resultCount) === headers['X-Result-Count'] ? 'rows' : 'other rows';
        },
        (error: unknown) => (error instanceof RelayError ? error.code : String(error)),
      );
      if (got !== rightConclusion(recording)) wrong.push(`${name}: ${got}, not ${rightConclusion(recording)}`);
    }
    expect(wrong).toEqual([]);
  });

  it.skipIf(!existsSync(folder))('after 429 it waits as long as X-Rate-Limit-Reset says', async () => {
    const limited = loadRecordings(folder).find(({ response }) => response.status === 429)!;
    const { 'Content-Length': _length, ...headers } = limited.response.headers;
    const { client } = await fakeMisp(() => ({ ...limited.response, headers }));
    const error: unknown = await client.restSearch({ limit: 1 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ retryAfterMs: Number(headers['X-Rate-Limit-Reset']) * 1000 });
  });
});
