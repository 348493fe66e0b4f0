import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../../src/temporal-server/file-lock.ts';
import { serverArguments } from '../../../src/temporal-server/launch.ts';
import { freePort } from '../../../src/temporal-server/ports.ts';
import { end, isAlive, isSame, refOf } from '../../../src/temporal-server/processes.ts';
import { showProgress } from '../../../src/temporal-server/progress.ts';
import { readState, writeState } from '../../../src/temporal-server/state-file.ts';
import { ensureTemporalServer, runningTemporalServer } from '../../../src/temporal-server.ts';

let root: string;
let children: ChildProcess[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'temporal-processes-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));
async function sleeper(code = 'setInterval(() => {}, 1000); console.log(1)'): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child as ChildProcess & { pid: number };
}

describe('which process it is', () => {
  it('is told by id and start time together', async () => {
    const child = await sleeper();
    const ref = await refOf(child.pid);
    expect(ref.startTime).not.toBeNull();
    expect(await isSame(ref)).toBe(true);
    // A later process that was given the same id.
    expect(await isSame({ ...ref, startTime: '1@other' })).toBe(false);
    const gone = ended(child);
    child.kill('SIGKILL');
    await gone;
    expect(await isSame(ref)).toBe(false);
    expect(isAlive(child.pid)).toBe(false);
  });

  it('ends one that does not want to, and leaves a stranger with the same id alone', async () => {
    const stubborn = await sleeper("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log(1)");
    await end({ pid: stubborn.pid, startTime: 'another' }, 10);
    expect(isAlive(stubborn.pid)).toBe(true);
    const gone = ended(stubborn);
    await end(await refOf(stubborn.pid), 50);
    await gone;
  });
});

describe('data/temporal.json', () => {
  const state = { port: 1, uiPort: 2, version: '1.8.2' };

  it('is read as it was written, and nothing else is believed', async () => {
    const me = await refOf(process.pid);
    const whole = { ...me, ...state, owner: me };
    await writeState(root, whole);
    expect(await readState(root)).toEqual(whole);
    for (const text of ['', '{"pid":', '{"pid":-1}', '[]']) {
      writeFileSync(join(root, 'temporal.json'), text);
      expect(await readState(root)).toBeNull();
    }
  });

  it('a server that is named but gone is not running', async () => {
    const me = await refOf(process.pid);
    await writeState(root, { ...me, startTime: '1@before', ...state, owner: me });
    expect(await runningTemporalServer(root)).toBeNull();
  });

  it('a live process that does not answer as a Temporal server is not running', async () => {
    const me = await refOf(process.pid);
    await writeState(root, { ...me, ...state, port: await freePort(0), owner: me });
    expect(await runningTemporalServer(root)).toBeNull();
  });

  it('what an owner that is gone left behind is ended and replaced, here by a program that is no server', async () => {
    const left = await sleeper();
    const gone = ended(left);
    await writeState(root, { ...(await refOf(left.pid)), ...state, owner: { pid: left.pid, startTime: '1@before' } });
    const program = join(root, 'temporal');
    writeFileSync(
      program,
      '#!/bin/sh\n[ "$1" = --version ] && echo "temporal version 1.8.2 (x)" || { echo "Error: no"; exit 3; }\n',
      {
        mode: 0o755,
      },
    );
    await expect(ensureTemporalServer({ dataDir: root, cacheDir: root, env: {}, cliPath: program })).rejects.toThrow(
      /The Temporal server ended at once: Error: no/,
    );
    await gone;
    expect(await readState(root)).toBeNull();
  });
});

describe('the file lock', () => {
  it('lets one in at a time and tells the others once', async () => {
    const path = join(root, 'deep', 'a.lock');
    let inside = 0;
    let most = 0;
    let waits = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 250));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(path, () => void waits++, work)));
    expect(most).toBe(1);
    expect(waits).toBe(2);
  });

  it('is released when the work fails', async () => {
    const path = join(root, 'a.lock');
    const fail = () =>
      withFileLock(
        path,
        () => undefined,
        () => Promise.reject(new Error('no')),
      );
    await expect(fail()).rejects.toThrow('no');
    await expect(fail()).rejects.toThrow('no');
  });
});

describe('ports', () => {
  it('are the wished ones when free, others when taken or given away already', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    expect(await freePort(port)).not.toBe(port);
    await new Promise((resolve) => taken.close(resolve));
    expect(await freePort(port)).toBe(port);
    expect(await freePort(port, [port])).not.toBe(port);
  });
});

it('the server listens on the loopback address only, with the settings that make it fast', () => {
  const args = serverArguments('/data', 7233, 8233);
  const values = (name: string) => args.flatMap((arg, i) => (arg === name ? [args[i + 1]] : []));
  expect([...values('--ip'), ...values('--ui-ip')]).toEqual(['127.0.0.1', '127.0.0.1']);
  expect(values('--db-filename')).toEqual([join('/data', 'temporal.db')]);
  expect(values('--dynamic-config-value')).toHaveLength(2);
  expect(values('--sqlite-pragma')).toEqual(['journal_mode=wal', 'synchronous=full']);
});

describe('progress', () => {
  const recorded = (isTTY: boolean) => {
    const written: string[] = [];
    return { written, isTTY, columns: 60, write: (text: string) => written.push(text) };
  };

  it('is one changing line on a terminal, never longer than it', () => {
    const out = recorded(true);
    const { report, end: stop } = showProgress(out);
    report({ text: `building ${'x'.repeat(100)}` });
    stop();
    expect(out.written.map((text) => text.replace(/\r\u001b\[2K/, '').length)).toEqual([59, 0]);
  });

  it('is a plain line for each kind of work elsewhere, not for each count', () => {
    const out = recorded(false);
    const { report, end: stop } = showProgress(out);
    report({ text: 'building: 1 packages' });
    report({ text: 'building: 2 packages' });
    report({ text: 'way A: no', note: true });
    report({ text: 'downloading' });
    stop();
    expect(out.written).toEqual([
      'misp-relay: building: 1 packages (0:00)\n',
      'misp-relay: way A: no\n',
      'misp-relay: downloading (0:00)\n',
    ]);
  });
});
