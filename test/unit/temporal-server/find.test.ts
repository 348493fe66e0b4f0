import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cachedPath, findInstalled, findTemporal } from '../../../src/temporal-server/find.ts';
import { type FindOptions, fromEnvironment } from '../../../src/temporal-server/options.ts';
import { isAtLeast, parseVersion, pinnedVersion } from '../../../src/temporal-server/version.ts';

// The programs here are shell scripts made by the test: nothing is fetched, and no real server or Go is needed.
let root: string;
let notes: string[];
let release: Server | null = null;

/** What the look-up asks when nothing answers: a closed port, and a PATH with the shell's tools only. */
const options = (more: Partial<FindOptions> = {}): FindOptions => ({
  pathEnv: undefined,
  cacheDir: join(root, 'cache'),
  env: { PATH: '/usr/bin:/bin' },
  downloadBase: 'http://127.0.0.1:1',
  onProgress: ({ text, note }) => void (note && notes.push(text)),
  ...more,
});

function script(file: string, body: string): string {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}
const temporal = (file: string, version: string = pinnedVersion) =>
  script(file, `echo "temporal version ${version} (Server 1.31.2, UI 2.50.1)"`);

/** A `go` that answers with that version and "builds" a temporal that is a script. */
const go = (folder: string, version: string, log: string) =>
  script(
    join(folder, 'go'),
    `echo "$@ CGO=$CGO_ENABLED" >> "${log}"
if [ "$1" = version ]; then echo "go version go${version} linux/amd64"; exit 0; fi
test -f go.mod && test -f go.sum || exit 9
echo "go: downloading example.org/a v1.0.0" >&2; echo example.org/a >&2
while [ "$1" != -o ]; do shift; done
sleep 0.3
printf '#!/bin/sh\\necho "temporal version ${pinnedVersion} (Server 1.31.2, UI 2.50.1)"\\n' > "$2"; chmod 755 "$2"`,
  );

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find temporal '));
  notes = [];
});
afterEach(() => {
  release?.close();
  release = null;
  rmSync(root, { recursive: true, force: true });
});

describe('what is installed, without fetching anything', () => {
  it('is what a start would use', async () => {
    expect(await findInstalled(options())).toBeNull();
    expect(existsSync(join(root, 'cache'))).toBe(false);
    temporal(cachedPath(join(root, 'cache')));
    const pathEnv = join(root, 'path');
    const cliPath = temporal(join(root, 'mine', 'temporal'));
    const all = [options(), options({ pathEnv }), options({ pathEnv, cliPath })];
    expect((await Promise.all(all.map(findInstalled))).map((found) => found?.how)).toEqual([
      'cache',
      'cache',
      'TEMPORAL_CLI_PATH',
    ]);
    temporal(join(pathEnv, 'temporal'), '1.4.1'); // too old
    for (const each of all) expect(await findInstalled(each)).toEqual(await findTemporal(each));
    temporal(join(pathEnv, 'temporal'));
    for (const each of all) expect(await findInstalled(each)).toEqual(await findTemporal(each));
    expect((await findInstalled(options({ pathEnv })))?.how).toBe('PATH');
    await expect(findInstalled(options({ cliPath: join(root, 'nowhere') }))).rejects.toThrow(/^TEMPORAL_CLI_PATH: /);
  });
});

describe('where the Temporal server comes from', () => {
  it('takes the program that TEMPORAL_CLI_PATH names before all others', async () => {
    const cliPath = temporal(join(root, 'mine', 'temporal'), '1.7.0');
    temporal(join(root, 'path', 'temporal'));
    const found = await findTemporal(options({ cliPath, pathEnv: join(root, 'path') }));
    expect(found).toEqual({ path: cliPath, version: '1.7.0', how: 'TEMPORAL_CLI_PATH' });
  });

  it.each([
    ['is not there', () => join(root, 'nowhere')],
    ['cannot be run', () => script(join(root, 'broken'), 'exit 1')],
    ['is something else', () => script(join(root, 'other'), 'echo hello')],
    ['is too old', () => temporal(join(root, 'old'), '1.4.1')],
  ])('refuses a TEMPORAL_CLI_PATH that %s, instead of taking another program', async (_, make) => {
    temporal(join(root, 'path', 'temporal'));
    await expect(findTemporal(options({ cliPath: make(), pathEnv: join(root, 'path') }))).rejects.toThrow(
      /^TEMPORAL_CLI_PATH: /,
    );
  });

  it('then the one on the PATH', async () => {
    const path = temporal(join(root, 'b', 'temporal'), '1.5.0');
    const pathEnv = [join(root, 'a'), join(root, 'b')].join(delimiter);
    expect(await findTemporal(options({ pathEnv }))).toEqual({ path, version: '1.5.0', how: 'PATH' });
  });

  it('passes over one on the PATH that is too old, with a note, and takes the cached one', async () => {
    temporal(join(root, 'path', 'temporal'), '0.13.2');
    const path = temporal(cachedPath(join(root, 'cache')));
    const found = await findTemporal(options({ pathEnv: join(root, 'path') }));
    expect(found).toEqual({ path, version: pinnedVersion, how: 'cache' });
    expect(notes.join('\n')).toContain('0.13.2; 1.5.0 or newer is needed');
  });

  it('then the release, which is asked for as the SDKs do', async () => {
    const packed = join(root, 'packed');
    temporal(join(packed, 'temporal'));
    execFileSync('tar', ['-czf', join(root, 'archive.tar.gz'), '-C', packed, 'temporal']);
    let asked = '';
    release = createServer((request, response) => {
      if (request.url?.startsWith('/cli/')) {
        asked = request.url;
        const archiveUrl = `http://${request.headers.host}/archive.tar.gz`;
        response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
      } else response.end(readFileSync(join(root, 'archive.tar.gz')));
    });
    await new Promise<void>((resolve) => release!.listen(0, '127.0.0.1', resolve));
    const downloadBase = `http://127.0.0.1:${(release.address() as AddressInfo).port}`;
    const found = await findTemporal(options({ downloadBase }));
    expect(found).toMatchObject({ how: 'download', path: cachedPath(join(root, 'cache')) });
    expect(asked).toMatch(new RegExp(`^/cli/v${pinnedVersion}\\?platform=\\w+&arch=\\w+$`));
    expect((await findTemporal(options())).how).toBe('cache');
  });

  it.each([
    ['a page that is not JSON', (_: string) => '<html>'],
    ['an archive that is none', (url: string) => (url.startsWith('/cli/') ? null : 'nonsense')],
  ])('goes on after %s', async (_, answer) => {
    release = createServer((request, response) => {
      const info = { archiveUrl: `http://${request.headers.host}/a`, fileToExtract: 'temporal' };
      response.end(answer(request.url ?? '') ?? JSON.stringify(info));
    });
    await new Promise<void>((resolve) => release!.listen(0, '127.0.0.1', resolve));
    const downloadBase = `http://127.0.0.1:${(release.address() as AddressInfo).port}`;
    await expect(findTemporal(options({ downloadBase }))).rejects.toThrow(/no `go` on the PATH/);
    expect(existsSync(cachedPath(join(root, 'cache')))).toBe(false);
  });

  it('then a build from Go modules: read-only, without C, whole or not at all', async () => {
    const log = join(root, 'go.log');
    go(join(root, 'path'), '1.26.8', log);
    const cutOff = join(root, 'cache', 'temporal', pinnedVersion, '.build-old');
    mkdirSync(cutOff, { recursive: true });
    const found = await findTemporal(options({ pathEnv: join(root, 'path') }));
    expect(found.how).toBe('build');
    const calls = readFileSync(log, 'utf8');
    expect(calls).toMatch(/build -v .*-mod=readonly -trimpath .*Version=1\.8\.2.* CGO=0/);
    expect(existsSync(cutOff)).toBe(false);
  });

  it('builds once when two ask at the same time', async () => {
    const log = join(root, 'go.log');
    go(join(root, 'path'), '1.26.8', log);
    const both = await Promise.all([1, 2].map(() => findTemporal(options({ pathEnv: join(root, 'path') }))));
    expect(both.map(({ how }) => how).sort()).toEqual(['build', 'cache']);
    expect(readFileSync(log, 'utf8').match(/^build /gm)).toHaveLength(1);
  });

  it('says each way and why it failed when none is left', async () => {
    go(join(root, 'path'), '1.21.3', join(root, 'go.log'));
    temporal(join(root, 'path', 'temporal'), '1.0.0');
    const message = await findTemporal(options({ pathEnv: join(root, 'path') })).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(message.split('\n')).toEqual([
      expect.stringContaining('No Temporal server was found'),
      expect.stringContaining('TEMPORAL_ADDRESS: not set'),
      expect.stringContaining('TEMPORAL_CLI_PATH: not set'),
      expect.stringContaining('1.0.0; 1.5.0 or newer is needed'),
      expect.stringContaining('is not there yet'),
      expect.stringContaining('download of the release: 127.0.0.1:1: '),
      expect.stringMatching(/Go 1\.26\.4 or newer is needed, and .* is 1\.21\.3/),
    ]);
  });

  it('cannot be used half built', async () => {
    script(
      join(root, 'path', 'go'),
      'if [ "$1" = version ]; then echo "go version go1.26.8 x"; else echo "boom: no space" >&2; exit 1; fi',
    );
    await expect(findTemporal(options({ pathEnv: join(root, 'path') }))).rejects.toThrow(
      /go build failed \(boom: no space\)/,
    );
    expect(existsSync(cachedPath(join(root, 'cache')))).toBe(false);
  });
});

describe('versions', () => {
  it('are compared by number, not by text', () => {
    expect(isAtLeast('1.10.0', '1.9.9')).toBe(true);
    expect(isAtLeast('1.26', '1.26.4')).toBe(false);
    expect(isAtLeast('2.0.0', '1.26.4')).toBe(true);
    expect(isAtLeast('1.5.0', '1.5.0')).toBe(true);
  });

  it('are read from what the CLI says', () => {
    expect(parseVersion('temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)\n')).toBe('1.8.2');
    expect(parseVersion('temporal version DEV')).toBeNull();
    expect(parseVersion('tctl version 1.18.0')).toBeNull();
  });

  it('are the same in the wrapper module', () => {
    const mod = readFileSync(new URL('../../../tools/temporal/go.mod', import.meta.url), 'utf8');
    expect(mod).toContain(`require github.com/temporalio/cli v${pinnedVersion}\n`);
  });
});

it('the environment decides where the cache lies', () => {
  expect(fromEnvironment({ XDG_CACHE_HOME: '/x', HOME: '/h' }).cacheDir).toBe(join('/x', 'misp-relay'));
  expect(fromEnvironment({ XDG_CACHE_HOME: '', HOME: '/h' }).cacheDir).toBe(join('/h', '.cache', 'misp-relay'));
  expect(fromEnvironment({ TEMPORAL_CLI_PATH: '' }).cliPath).toBeUndefined();
});
