// A page as bytes: the answers of MISP as they came, behind a line that says what else is known of them. To encode thousands of rows
// once more would be the dearest step of a page.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { attachContexts } from '../src/misp/read-contexts.ts';
import { contextsOf } from '../src/misp/surroundings.ts';
import { rowsOfBody } from '../src/misp/read-page.ts';
import { packBytes } from './packing.ts';
import { addAnswer, type StoredAnswer, type StoredPage } from './stored-page.ts';

const unzip = promisify(gunzip);
const LINE_BREAK = 10;

/** A page from the store itself has no answers: there its rows stand in the line. */
type Head = StoredPage & { answers?: (Omit<StoredAnswer, 'body'> & { bytes: number })[] };

export async function packPage(page: StoredPage, answers: readonly StoredAnswer[]): Promise<Buffer> {
  if (answers.length === 0) return packBytes(JSON.stringify(page));
  const places = answers.map(({ body, ...place }) => ({ ...place, bytes: body.length }));
  const head: Head = { ...page, rows: [], broken: [], answers: places };
  // A gzip may have several members: so nobody has to copy megabytes into one buffer first.
  const members = [`${JSON.stringify(head)}\n`, ...answers.map(({ body }) => body)].map(packBytes);
  return Buffer.concat(await Promise.all(members));
}

/** The same rows and numbers as when it was packed. */
export async function unpackPage(packed: Uint8Array): Promise<StoredPage> {
  const bytes = await unzip(packed);
  const end = bytes.indexOf(LINE_BREAK); // JSON has none inside
  const { answers = [], ...page } = JSON.parse(bytes.toString('utf8', 0, end < 0 ? bytes.length : end)) as Head;
  let from = end + 1;
  for (const answer of answers) {
    const read = rowsOfBody(bytes.subarray(from, from + answer.bytes));
    if (answer.around) attachContexts(read.rows, contextsOf(answer.around.contexts), answer.around.plain);
    addAnswer(page, read, answer);
    from += answer.bytes;
  }
  return page;
}
