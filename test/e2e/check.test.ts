// `check` at a real Temporal server, and what `up` says of it before it starts.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { of, World, type WorldOptions } from '../support/check-world.ts';
import { startTemporal, TEMPORAL_START_MS, type TestTemporal } from '../support/e2e/temporal.ts';
import { misprelay } from '../unit/commands/cli.ts';

let temporal: TestTemporal;
let world: World;
beforeAll(async () => {
  temporal = await startTemporal();
}, TEMPORAL_START_MS);
afterEach(() => world?.close());
afterAll(() => temporal?.stop());
const open = async (options: WorldOptions = {}): Promise<World> => (world = await World.open(options));

describe('a cluster of the config', () => {
  it('answers, and has the namespace', async () => {
    await open({ temporal: { address: temporal.address } });
    expect(of(await world.check(), 'temporal')).toEqual({
      subject: 'temporal',
      name: temporal.address,
      level: 'ok',
      message: 'it answers, and has the namespace default',
    });
  });

  it('does not know the namespace', async () => {
    await open({ temporal: { address: temporal.address, namespace: 'nowhere' } });
    expect(of(await world.check(), 'temporal')).toMatchObject({
      level: 'failed',
      message: 'there is no namespace nowhere (it answers)',
      remedy: expect.stringContaining('temporal.namespace') as string,
    });
  });
});

describe('up', () => {
  /** The way to the Temporal binary, and nothing else of this machine. */
  const env = Object.fromEntries(
    ['HOME', 'XDG_CACHE_HOME', 'TEMPORAL_CLI_PATH'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const up = () => misprelay(['up', '--once', '--json'], { cwd: world.folder, env });

  it('says in one line that all is well', async () => {
    await open({ feeds: { all: { since: 0 } } });
    const { code, stderr, stdout } = await up();
    expect(stderr.split('\n')[0]).toBe('check: all 4 ok');
    expect({ code, caughtUp: (JSON.parse(stdout) as { caughtUp: boolean }).caughtUp }).toEqual({
      code: 0,
      caughtUp: true,
    });
  });

  it('names what needs somebody, and goes on: the feed is blocked, and says so', async () => {
    await open({ misp: { keyValid: false } });
    const { code, stderr, stdout } = await up();
    expect(stderr.split('\n')[0]).toMatch(/^failed {3}source main: .* → .* \[MISP_KEY_REJECTED\]$/);
    expect(stderr).not.toContain('destination splunk:');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ caughtUp: false, feeds: [{ mode: 'blocked' }] });
  });
});
