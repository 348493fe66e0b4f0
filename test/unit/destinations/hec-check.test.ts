// The block in the config, the check, and what is said at the start.
import { afterEach, describe, expect, it } from 'vitest';
import { splunkHec } from '../../../src/destinations/splunk-hec.ts';
import { RecordError } from '../../../src/errors.ts';
import { upsertOf } from '../../contract/harness/carry.ts';
import { testContext } from '../../contract/harness/harness.ts';
import { hecWorld, type HecWorld } from './hec-world.ts';

const signal = new AbortController().signal;
const parse = (options: Record<string, unknown>) =>
  splunkHec.options.safeParse({ url: 'https://splunk:8088', token: 't', ...options });

describe('options', () => {
  it('have defaults', () => {
    expect(parse({}).data).toMatchObject({
      sourcetype: 'misp:attribute',
      time: 'attribute',
      ack: 'auto',
      ackTimeout: 300,
      batchBytes: 1_000_000,
      concurrency: 3,
      gzip: true,
    });
  });

  it.each([
    { url: 'splunk:8088' },
    { url: 'https://splunk:8088/services/collector/raw' },
    { url: 'https://splunk:8088?token=x' },
    { token: '' },
    { idnex: 'main' },
    { time: 'now' },
    { ack: true },
    { batchBytes: 3_000_000 },
    { index: '' },
  ])('refuse %j', (options) => {
    expect(parse(options).success).toBe(false);
  });
});

describe('check', () => {
  let world: HecWorld | undefined;
  afterEach(async () => {
    await world?.close();
    world = undefined;
  });

  it('says what it knows, and that the index is not known before the first record', async () => {
    world = await hecWorld({ index: 'threat_intel' }, { useAck: true });
    const { ok, message } = await world.destination.check(signal);
    expect(ok).toBe(true);
    expect(message).toContain('with acknowledgements');
    expect(message).toContain('threat_intel');
    expect(world.hec.hec.counts().events).toBe(0);
  });

  it('queues that are full are told', async () => {
    world = await hecWorld({}, { health: 18 });
    const { ok, message } = await world.destination.check(signal);
    expect(ok).toBe(false);
    expect(message).toContain('code 18');
  });

  it('nobody there', async () => {
    world = await hecWorld();
    await world.hec.close();
    const { ok, message } = await world.destination.check(signal);
    expect(ok).toBe(false);
    expect(message).toContain('refuses the connection');
  });
});

it('hints: the first search to type, and why old attributes may be gone', () => {
  const made = (more: Record<string, unknown>) => splunkHec.create(parse(more).data!, testContext());
  expect(made({ index: 'threat_intel' }).hints!()[0]).toContain(
    'index=threat_intel sourcetype=misp:attribute earliest=0 latest=+1d | stats count by type',
  );
  expect(made({}).hints!()[0]).toContain('index=* ');
  expect(made({}).hints!()[1]).toContain('frozenTimePeriodInSecs');
  expect(made({ time: 'observed' }).hints!()).toHaveLength(1);
});

it('an event with nothing left in it is a dead letter, since HEC would stop at it (code 13)', () => {
  const destination = splunkHec.create(parse({}).data!, testContext());
  expect(() => destination.encode(upsertOf(1), () => ({}))).toThrow(RecordError);
});
