// /healthz and /metrics over HTTP.
import { afterEach, describe, expect, it } from 'vitest';
import { serveHealth, type HealthServer, type Pages } from '../../../src/monitor/server.ts';

const servers: HealthServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(pages: Partial<Pages> = {}): Promise<HealthServer> {
  const server = await serveHealth(
    { host: '127.0.0.1', port: 0 },
    {
      healthz: async (maxLag) => ({ ok: maxLag === undefined, body: { maxLag: maxLag ?? null } }),
      metrics: async () => ({ type: 'text/plain; version=0.0.4; charset=utf-8', text: 'x_total 1\n' }),
      ...pages,
    },
  );
  servers.push(server);
  return server;
}

async function ask(path: string, method = 'GET'): Promise<[number, string]> {
  const answer = await fetch((await serve()).url + path, { method });
  return [answer.status, await answer.text()];
}

describe('the pages', () => {
  it.each<[string, number, string]>([
    ['/healthz', 200, '{"maxLag":null}\n'],
    ['/healthz?max-lag=30m', 503, '{"maxLag":1800}\n'],
    ['/healthz?max-lag=soon', 400, 'max-lag is no time span: write 30s, 5m or 1h\n'],
    ['/metrics', 200, 'x_total 1\n'],
    ['/', 404, 'here are /healthz and /metrics\n'],
    ['/metrics/../secrets', 404, 'here are /healthz and /metrics\n'],
  ])('%s answers %i', async (path, status, text) => {
    expect(await ask(path)).toEqual([status, text]);
  });

  it('are only read', async () => {
    expect((await ask('/metrics', 'POST'))[0]).toBe(405);
    expect(await ask('/healthz', 'HEAD')).toEqual([200, '']);
  });

  it('that fail are a 500, and the next one is answered', async () => {
    let fails = true;
    const { url } = await serve({
      metrics: async () => {
        if (fails) throw new Error('the disk is gone');
        return { type: 'text/plain', text: 'well\n' };
      },
    });
    const first = await fetch(`${url}/metrics`);
    expect([first.status, await first.text()]).toEqual([500, 'the disk is gone\n']);
    fails = false;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  });
});

it('a port that is taken is refused with the code of the system', async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  const pages: Pages = { healthz: async () => ({ ok: true, body: {} }), metrics: async () => ({ type: '', text: '' }) };
  await expect(serveHealth({ host: '127.0.0.1', port }, pages)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
