import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { lines } from './elasticsearch-ask.ts';

it('says where it is, is controlled over HTTP, and ends with its stdin', async () => {
  const file = fileURLToPath(new URL('../../../simulators/elasticsearch/main.ts', import.meta.url));
  const child = spawn(process.execPath, [file, '--seed', '2', '--switches', '{"version":"8.19.0"}'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url, pid } = JSON.parse(String(line)) as { url: string; pid: number };
    expect(pid).toBe(child.pid);
    expect(await (await fetch(url)).json()).toMatchObject({ version: { number: '8.19.0' } });
    const post = async (path: string, body: string): Promise<unknown> =>
      (await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
    expect(await post('/_control/fail', '{"name":"failure store used","next":1}')).toMatchObject([{ next: 1 }]);
    await post('/x/_bulk', lines(['a']));
    await post('/x/_bulk', lines(['b']));
    expect(await post('/_control/truth', '')).toMatchObject({
      bulks: 2,
      documents: 1,
      lost: 1,
      docs: [{ id: 'b' }],
      duplicates: {},
    });
    const exit = once(child, 'exit');
    child.stdin.end();
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
});
