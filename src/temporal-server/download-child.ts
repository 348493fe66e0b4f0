// Run by download.ts: `node download-child.ts <release url> <file>`. One JSON line each for what was found and how far it is.

import { createWriteStream } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const firstByteMs = 20_000;
const silenceMs = 30_000;
const [url, file] = process.argv.slice(2) as [string, string];
const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** Ends the process when nothing has come for that long: a fetch can hang in places that no signal reaches. */
let alarm: NodeJS.Timeout | undefined;
const expectWithin = (ms: number) => {
  clearTimeout(alarm);
  alarm = setTimeout(() => fail(`nothing came for ${ms / 1000} s`), ms);
};
function fail(reason: string): never {
  process.stderr.write(`${new URL(url).host}: ${reason}\n`);
  process.exit(1);
}

async function get(address: string): Promise<Response> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}

try {
  expectWithin(firstByteMs);
  const info = (await (await get(url)).json()) as { archiveUrl: string };
  say({ info });
  const { body } = await get(info.archiveUrl);
  if (body === null) throw new Error('an empty answer');
  let bytes = 0;
  let told = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      expectWithin(silenceMs);
      bytes += chunk.length;
      if (bytes - told > 1_000_000) say({ bytes: (told = bytes) });
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(body), count, createWriteStream(file));
  clearTimeout(alarm);
} catch (error) {
  const { message, cause } = error as Error & { cause?: { code?: string } };
  fail(cause?.code ?? message);
}
