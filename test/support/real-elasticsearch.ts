// The real Elasticsearch of ELASTICSEARCH_TEST_URL, if there is one: `npm run test:elasticsearch` starts it and sets these.
// With security, ELASTICSEARCH_TEST_USERNAME and ELASTICSEARCH_TEST_PASSWORD go with it.
export type Json = Record<string, unknown>;

export interface RealElasticsearch {
  url: string;
  /** Keys of a config; empty without security. */
  access: { username?: string; password?: string };
  /** Headers of a request by an operator. */
  headers: Record<string, string>;
}

const url = process.env['ELASTICSEARCH_TEST_URL'];
const username = process.env['ELASTICSEARCH_TEST_USERNAME'];
const password = process.env['ELASTICSEARCH_TEST_PASSWORD'];

export const basic = (user: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`,
});

export const realElasticsearch: RealElasticsearch | null =
  url === undefined
    ? null
    : username === undefined || password === undefined
      ? { url, access: {}, headers: {} }
      : { url, access: { username, password }, headers: basic(username, password) };

/** One, or none. */
export const realServers: readonly RealElasticsearch[] = realElasticsearch ? [realElasticsearch] : [];

/** The script that starts another one, for tests that kill it. */
export const serverScript = process.env['ELASTICSEARCH_TEST_SCRIPT'];

/** As an operator would. `body`: JSON, or text as it is. */
export async function send(
  { url: to, headers }: Pick<RealElasticsearch, 'url' | 'headers'>,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: Json }> {
  const response = await fetch(to + path, {
    method,
    headers: { 'content-type': path.includes('_bulk') ? 'application/x-ndjson' : 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as Json };
}
