import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

async function start(main: string, ...args: string[]): Promise<{ child: ChildProcess; url: string; pid: number }> {
  const file = fileURLToPath(new URL(`../../../simulators/${main}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  running.push(child);
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, ...(JSON.parse(String(line)) as { url: string; pid: number }) };
}

describe('as processes of their own', () => {
  it.each([
    [
      'misp',
      ['--attributes', '300', '--seed', '2', '--switches', '{"roleLimit":7}'],
      '/_control/counts',
      { attributes: 300 },
    ],
    ['hec', ['--token', 'abc', '--keep-events=true'], '/_control/counts', { events: 0 }],
  ])('%s says where it is, and ends with its stdin', async (main, args, path, wanted) => {
    const { child, url, pid } = await start(main, ...args);
    expect(pid).toBe(child.pid);
    expect(await (await fetch(url + path)).json()).toMatchObject(wanted);
    const exit = once(child, 'exit');
    child.stdin!.end();
    expect(await exit).toEqual([0, null]);
  });

  it('ends on SIGTERM, with open connections', async () => {
    const { child, url } = await start('misp', '--attributes', '10', '--key', 'k', '--stay');
    await fetch(`${url}/_control/counts`);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });
});
