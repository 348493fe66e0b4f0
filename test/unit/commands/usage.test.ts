// What a person or a script gets without a server: help, refusals, exit codes, JSON.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { registerApply } from '../../../src/commands/apply.ts';
import { registerBackfill } from '../../../src/commands/backfill.ts';
import { registerCheck } from '../../../src/commands/check.ts';
import { registerDeadLetters } from '../../../src/commands/dead-letters.ts';
import { registerOperate } from '../../../src/commands/operate.ts';
import { registerPreview } from '../../../src/commands/preview.ts';
import { registerResetCursor } from '../../../src/commands/reset-cursor.ts';
import { registerStatus } from '../../../src/commands/status.ts';
import { registerUp } from '../../../src/commands/up.ts';
import { registerWorker } from '../../../src/commands/worker.ts';
import { configured, emptyFolder, misprelay } from './cli.ts';

const COMMANDS = [
  'check',
  'preview',
  'up',
  'worker',
  'apply',
  'status',
  'poll',
  'pause',
  'resume',
  'reset-cursor',
  'backfill',
  'dead-letters list',
  'dead-letters show',
  'dead-letters replay',
  'dead-letters drop',
];

const exampleOf = (name: string): RegExp => new RegExp(`\\nExamples?:\\n {2}([A-Z_]+=\\S+ )?npx misp-relay ${name}\\b`);

describe('--help', () => {
  it.concurrent('names every command, and the exit codes', async () => {
    const { code, stdout, stderr } = await misprelay(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name.split(' ')[0]}\\b`, 'm'));
    for (const n of [0, 1, 2, 3]) expect(stdout).toMatch(new RegExp(`^ {2}${n} {2}\\w+`, 'm'));
  });

  it.concurrent.each(['pause', 'dead-letters replay'])('of %s has an example', async (name) => {
    const { code, stdout } = await misprelay([...name.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(exampleOf(name));
  });

  // The same text, without a process for each.
  it.each(COMMANDS)('of %s has an example that begins as it must be typed', (name) => {
    const program = new Command('misp-relay');
    for (const register of [
      ...[registerUp, registerWorker, registerApply, registerStatus, registerOperate, registerResetCursor],
      ...[registerBackfill, registerDeadLetters, registerCheck, registerPreview],
    ])
      register(program);
    let command = program;
    for (const word of name.split(' ')) command = command.commands.find((each) => each.name() === word)!;
    let text = '';
    command.configureOutput({ writeOut: (more) => (text += more) }).outputHelp();
    expect(text).toContain(`Usage: misp-relay ${name}`);
    expect(text).toMatch(exampleOf(name));
  });
});

describe('exit 2: nothing was started or changed', () => {
  it.concurrent.each([
    { args: ['polll'], says: "error: unknown command 'polll'" },
    { args: ['status', '--colour'], says: "error: unknown option '--colour'" },
    { args: ['check', '--jsn'], says: "error: unknown option '--jsn'\n(Did you mean --json?)" },
    { args: ['check', 'main'], says: 'error: too many arguments' },
    { args: ['preview', '--limt', '3'], says: "error: unknown option '--limt'\n(Did you mean --limit?)" },
    { args: ['preview', 'first', '--uuid'], says: "error: option '--uuid <uuids...>' argument missing" },
    { args: ['dead-letters', 'shred'], says: "error: unknown command 'shred'" },
    { args: ['dead-letters', 'show'], says: "error: missing required argument 'id'" },
    { args: ['backfill', 'first'], says: "error: required option '--since <time>' not specified" },
    { args: ['reset-cursor', 'first'], says: "error: required option '--to <time>' not specified" },
    { args: ['status', 'first', 'second'], says: 'error: too many arguments' },
  ])('$args', async ({ args, says }) => {
    const { code, stdout, stderr } = await misprelay(args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  const sentences: [string[], string][] = [
    [['pause', 'frist'], 'there is no feed frist; did you mean first?\n'],
    [['status', 'frist'], 'there is no feed frist; did you mean first?\n'],
    [['preview', 'secnd'], 'there is no feed secnd; did you mean second?\n'],
    [['preview', 'elsewhere'], 'there is no feed elsewhere; known here: first, second\n'],
    [['preview'], 'which feed? The config has several: first, second\n'],
    [['preview', 'first', '--limit', '0'], '--limit 0 is no number of lines: write 1 to 1000\n'],
    [['preview', 'first', '--limit', '5000'], '--limit 5000 is no number of lines: write 1 to 1000\n'],
    [['preview', 'first', '--uuid', '4711'], '--uuid 4711 is no UUID of an attribute\n'],
    [['poll'], 'which feed? The config has several: first, second\n'],
    [['status', '--watch', '--json'], '--watch goes neither with --json nor with --check\n'],
    [['status', '--max-lag', '30m'], '--max-lag goes with --check\n'],
    [['reset-cursor', 'first', '--to', 'soon'], '--to soon is no time: write epoch seconds, 2026-01-31, or 30d\n'],
    [['backfill', 'first', '--since', 'ever'], '--since ever is no time: write 90d, 2026-01-31, epoch seconds, or 0\n'],
    [
      ['backfill', 'first', '--since', '2026-01-02', '--until', '2026-01-01'],
      '--since 2026-01-02T00:00:00Z lies after --until 2026-01-01T00:00:00Z\n',
    ],
    [['dead-letters', 'list', '--limit', 'all'], '--limit all is no number: write 1 to 999999\n'],
    [['dead-letters', 'show', '7'], 'there is no dead letter 7: see `misp-relay dead-letters list`\n'],
    [['dead-letters', 'drop'], 'which? Name ids of `misp-relay dead-letters list`, or --all\n'],
    [['dead-letters', 'drop', '--all'], 'which feed? The config has several: first, second\n'],
    [['dead-letters', 'drop', '3', '--all', '--feed', 'first'], 'either ids or --all, not both: nothing was done\n'],
    [['dead-letters', 'replay', '3', '4'], 'there is no dead letter 3, 4: nothing was done\n'],
  ];
  it.concurrent.each(sentences)('%j', async (args, says) => {
    expect(await misprelay(args, { cwd: configured() })).toEqual({ code: 2, stdout: '', stderr: says });
  });

  it.concurrent.each(['up', 'worker', 'apply', 'status', 'check', 'preview'])(
    '%s with nothing configured: three lines',
    async (name) => {
      const cwd = emptyFolder();
      expect(await misprelay([name], { cwd })).toEqual({
        code: 2,
        stdout: '',
        stderr:
          'Nothing is configured: set MISP_URL, MISP_API_KEY, and SPLUNK_HEC_URL with SPLUNK_HEC_TOKEN or ELASTICSEARCH_URL with ELASTICSEARCH_API_KEY,\n' +
          'or copy relay.example.yaml to relay.yaml and fill it in.\n' +
          'To see it at work first: npm run demo\n',
      });
      expect(existsSync(join(cwd, 'data'))).toBe(false);
    },
  );

  it.concurrent('a config that is not there', async () => {
    expect(await misprelay(['up', '-c', 'elsewhere.yaml'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'elsewhere.yaml cannot be read: mind the path, or copy relay.example.yaml to it\n',
    });
  });
});

describe('status --check: the exit codes of a monitoring plugin', () => {
  const nobody =
    'no relay runs here: start it with `npx misp-relay up`, or name a Temporal server (temporal.address) [RELAY_NOT_RUNNING]\n';
  const nothing = 'there is no feed frist; did you mean first?\n';
  it.concurrent.each<[string[], number, string]>([
    [['status', '--check'], 2, nobody],
    [['--json', 'status', 'first', '--check', '--max-lag', '30m'], 2, nobody],
    [['status', 'frist', '--check'], 3, nothing],
    [['status', '--check', '--watch'], 3, '--watch goes neither with --json nor with --check\n'],
    [['status', '--check', '--max-lag', 'soon'], 3, '--max-lag soon is no time span: write 30s, 5m or 1h\n'],
  ])('%j ends with %i', async (args, code, says) => {
    expect(await misprelay(args, { cwd: configured() })).toEqual({ code, stdout: '', stderr: says });
  });

  it.concurrent('an option that is not known is no illness', async () => {
    const { code, stderr } = await misprelay(['status', '--check', '--max-lagg', '30m'], { cwd: configured() });
    expect(stderr).toContain("error: unknown option '--max-lagg'\n(Did you mean --max-lag?)");
    expect(code).toBe(3);
  });
});

describe('exit 1: it failed, and may work later', () => {
  it.concurrent.each([['status'], ['status', '--json'], ['poll', 'first'], ['pause', 'first', '--queue']])(
    '%s without a relay that runs: one sentence',
    async (...args) => {
      const cwd = configured();
      expect(await misprelay(args, { cwd })).toEqual({
        code: 1,
        stdout: '',
        stderr:
          'no relay runs here: start it with `npx misp-relay up`, or name a Temporal server (temporal.address) [RELAY_NOT_RUNNING]\n',
      });
      expect(existsSync(join(cwd, 'data'))).toBe(false);
    },
  );

  it.concurrent('check: a line for each, with the remedy, and a document for scripts', async () => {
    const cwd = configured();
    const plain = await misprelay(['check'], { cwd });
    expect({ code: plain.code, stderr: plain.stderr }).toEqual({ code: 1, stderr: '' });
    const lines = plain.stdout.trimEnd().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^failed {3}source main: 127\.0\.0\.1:1 .* → .* \[HTTP_REFUSED\]$/),
      expect.stringMatching(/^ok {7}destination out: \S+out\.ndjson can be written$/),
      expect.stringMatching(/^ok {7}store \S+relay\.db: it is not there yet/),
    ]);
    expect(lines[3]).toMatch(/^(ok {7}|warning {2})temporal embedded: /);
    expect(lines).toHaveLength(4);
    const json = await misprelay(['check', '--json'], { cwd });
    expect({ code: json.code, stderr: json.stderr }).toEqual({ code: 1, stderr: '' });
    const { ok, checks } = JSON.parse(json.stdout) as { ok: boolean; checks: Record<string, unknown>[] };
    expect(ok).toBe(false);
    expect(checks[0]).toMatchObject({ subject: 'source', name: 'main', level: 'failed', code: 'HTTP_REFUSED' });
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });

  it.concurrent('check: a Temporal program that is named and is not there', async () => {
    const { stdout } = await misprelay(['check'], {
      cwd: configured(),
      env: { TEMPORAL_CLI_PATH: '/nowhere/temporal' },
    });
    expect(stdout).toMatch(/^failed {3}temporal embedded: TEMPORAL_CLI_PATH: \/nowhere\/temporal cannot be run/m);
  });

  it.concurrent('a store that cannot be written', async () => {
    const cwd = configured();
    const env = {
      MISP_URL: 'http://127.0.0.1:1',
      MISP_API_KEY: 'x',
      SPLUNK_HEC_URL: 'http://127.0.0.1:1',
      SPLUNK_HEC_TOKEN: 'x',
      RELAY_STORE: `sqlite:${join(cwd, 'relay.yaml', 'relay.db')}`,
    };
    const { code, stderr } = await misprelay(['dead-letters', 'list'], { env });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^the store .* cannot be opened for writing: mind the folder and its owner \[STORE_READ_ONLY\]\n$/,
    );
  });
});

describe('--json: one document on stdout, and nothing else', () => {
  it.concurrent.each([
    ['--json', 'dead-letters', 'list'],
    ['dead-letters', 'list', '--json'],
    ['dead-letters', 'list', '--json', '--feed', 'first', '--limit', '5'],
  ])('%s %s %s', async (...args) => {
    expect(await misprelay(args, { cwd: configured() })).toEqual({ code: 0, stdout: '[]\n', stderr: '' });
  });

  it.concurrent('drop', async () => {
    const args = ['dead-letters', 'drop', '--all', '--feed', 'first', '--json'];
    expect(await misprelay(args, { cwd: configured() })).toEqual({ code: 0, stdout: '{"dropped":0}\n', stderr: '' });
  });

  it.concurrent('and sentences without it', async () => {
    const { code, stdout } = await misprelay(['dead-letters', 'list'], { cwd: configured() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'there are none\n' });
  });

  it.concurrent('a failure leaves stdout empty', async () => {
    const { code, stdout } = await misprelay(['backfill', 'first', '--since', '1d', '--json'], { cwd: configured() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

it.concurrent('--version says the version of the package', async () => {
  const { default: packageJson } = await import('../../../package.json', { with: { type: 'json' } });
  expect(await misprelay(['--version'])).toEqual({ code: 0, stdout: `${packageJson.version}\n`, stderr: '' });
});
