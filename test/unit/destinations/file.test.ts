import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { file } from '../../../src/destinations/file.ts';
import { AS_IS, carry, someBatch, upsertOf } from '../../contract/harness/carry.ts';
import { testContext } from '../../contract/harness/harness.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'relay-file-'));
  path = join(folder, 'deep', 'er', 'out.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const made = (options: Record<string, unknown> = {}, context = testContext()) =>
  file.create(file.options.parse({ path, ...options }), context);
const linesOf = (name: string): string[] => readFileSync(name, 'utf8').split('\n').filter(Boolean);
const setAside = (): string[] =>
  readdirSync(join(folder, 'deep', 'er'))
    .filter((name) => name !== 'out.ndjson')
    .sort()
    .map((name) => join(folder, 'deep', 'er', name));

describe('a file', () => {
  it('is made with its folders, for our eyes only', async () => {
    const destination = made();
    await carry(destination, someBatch(destination, 3));
    expect(linesOf(path)).toHaveLength(3);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
  });

  it('holds one body for each line, the same as in Splunk', () => {
    const line = JSON.parse(made().encode(upsertOf(1), AS_IS)) as Record<string, unknown>;
    expect(line).toMatchObject({ schema: 1, action: 'upsert', delivery_id: 'delivery-1' });
  });

  it('a line torn by a crash is finished first, and what follows stands on lines of its own', async () => {
    const destination = made();
    await carry(destination, someBatch(destination, 1));
    writeFileSync(path, '{"schema":1,"uu', { flag: 'a' });
    await carry(destination, someBatch(destination, 2));
    const lines = linesOf(path);
    expect(lines).toHaveLength(4);
    expect(lines[1]).toBe('{"schema":1,"uu');
    expect(lines.toSpliced(1, 1).every((line) => JSON.parse(line))).toBe(true);
  });

  it('is set aside before it grows too large; nothing is deleted unless told so', async () => {
    const destination = made({ maxBytes: 5_000 });
    for (let n = 0; n < 6; n++) await carry(destination, someBatch(destination, 4));
    expect(setAside().length).toBeGreaterThan(1);
    expect([path, ...setAside()].flatMap(linesOf)).toHaveLength(24);
    for (const name of setAside()) expect(statSync(name).size).toBeLessThanOrEqual(5_000);
  });

  it('keep: the newest of those set aside remain, and files of other names are left alone', async () => {
    const context = testContext();
    const destination = made({ maxBytes: 1_000, keep: 2 }, context);
    await carry(destination, someBatch(destination, 2));
    writeFileSync(`${path}.notes`, 'mine');
    for (let n = 0; n < 6; n++) {
      context.clock.ms += 1_000;
      await carry(destination, someBatch(destination, 2));
    }
    expect(setAside()).toHaveLength(3);
    expect(existsSync(`${path}.notes`)).toBe(true);
    expect(
      setAside()
        .filter((name) => name.includes('T'))
        .every((name) => name > `${path}.20251124T160004`),
    ).toBe(true);
  });

  it('one batch larger than the limit is written whole', async () => {
    const destination = made({ maxBytes: 1_000 });
    await carry(destination, someBatch(destination, 10));
    expect(linesOf(path)).toHaveLength(10);
  });

  it('two destinations on one path do not tear each other’s lines', async () => {
    const [one, other] = [made(), made()];
    await Promise.all(Array.from({ length: 10 }, (_, n) => carry(n % 2 ? one : other, someBatch(one, 20))));
    expect(linesOf(path).map((line) => JSON.parse(line) as unknown)).toHaveLength(200);
  });

  it('a full disk: retryable, everything owed', async () => {
    const destination = made({ path: '/dev/full' });
    expect((await carry(destination, someBatch(destination, 1))).error).toMatchObject({
      kind: 'retryable',
      code: 'FILE_DISK_FULL',
    });
  });

  it.skipIf(process.getuid?.() === 0)('a folder that may not be written: permanent, and check says so', async () => {
    chmodSync(folder, 0o500);
    const destination = made();
    const { error } = await carry(destination, someBatch(destination, 1));
    expect(error).toMatchObject({ kind: 'permanent', code: 'FILE_NOT_WRITABLE' });
    expect(await destination.check(new AbortController().signal)).toMatchObject({ ok: false });
    chmodSync(folder, 0o700);
  });

  it('a file where a folder should be: permanent, and check says so', async () => {
    writeFileSync(join(folder, 'deep'), '');
    const destination = made();
    expect((await carry(destination, someBatch(destination, 1))).error).toMatchObject({ code: 'FILE_NOT_WRITABLE' });
    expect(await destination.check(new AbortController().signal)).toMatchObject({ ok: false });
  });
});
