// How much the simulators could give and take, if nobody did anything with it: whether they hold the measured parts up.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { newCursor } from '../src/core/cursor.ts';
import type { FeedRuntime } from '../src/feeds.ts';
import { HttpClient } from '../src/http.ts';
import { bodyOf } from '../src/misp/read-page.ts';
import { nextRequest, startBackfill } from '../src/misp/reader.ts';
import { pageSettingsOf } from '../src/misp/settings.ts';
import { linesOf } from './bare-loop.ts';
import { pagesOf } from './reading.ts';
import { rounded } from './numbers.ts';
import { MISP_KEY, withFeed, type Simulated } from './simulated.ts';
import { HEC_TOKEN } from './sinks.ts';

const POSTS = 60;
const SEARCHES = 10;
const zip = promisify(gzip);

/** Rows, and HEC events, a second. `hec`: null for another sink. */
export interface SimulatorSpeeds {
  misp: number;
  hec: number | null;
}

export const measureSimulators = (simulated: Simulated): Promise<SimulatorSpeeds> =>
  withFeed(simulated.freshConfig(), async (feed) => ({
    misp: rounded(await searched(simulated, feed)),
    hec: simulated.sink.block['type'] === 'splunk-hec' ? rounded(await posted(simulated, feed)) : null,
  }));

/** The same page again and again, unread. */
async function searched({ misp, live }: Simulated, feed: FeedRuntime): Promise<number> {
  const settings = pageSettingsOf(feed.filter, await feed.source.version(new AbortController().signal), feed.reading);
  const search = bodyOf(nextRequest(startBackfill(newCursor(0).second, 2 ** 31, settings), settings), settings);
  const http = new HttpClient(misp.url);
  const headers = { authorization: MISP_KEY, 'content-type': 'application/json' };
  const body = JSON.stringify(search);
  const from = performance.now();
  for (let n = 0; n < SEARCHES; n++)
    await http.request({ method: 'POST', path: '/attributes/restSearch', headers, body });
  const seconds = (performance.now() - from) / 1000;
  await http.close();
  return (SEARCHES * Math.min(settings.pageSize, live)) / seconds;
}

/** The same batch again and again, compressed beforehand. */
async function posted(simulated: Simulated, feed: FeedRuntime): Promise<number> {
  const { concurrency } = feed.destination.limits;
  const pages = pagesOf(feed);
  await pages.next(); // the first page is a small one
  const { value: page } = await pages.next();
  const [lines] = linesOf(feed, page!);
  const body = await zip(lines!.join('\n'), { level: 4 });
  const http = new HttpClient(simulated.sink.url, { connections: concurrency });
  const headers = {
    authorization: `Splunk ${HEC_TOKEN}`,
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  };
  const from = performance.now();
  let left = POSTS;
  const lane = async (): Promise<void> => {
    while (left-- > 0) await http.request({ method: 'POST', path: '/services/collector/event', headers, body });
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  const seconds = (performance.now() - from) / 1000;
  await http.close();
  await simulated.forget();
  return (POSTS * lines!.length) / seconds;
}
