// dead-letters: what can never be sent as it is, with its reason.
import type { Command } from 'commander';
import { isoOf } from '../core/times.ts';
import { ConfigError } from '../errors.ts';
import { openSqlite } from '../store/sqlite.ts';
import type { DeadLetter, Store } from '../store/store.ts';
import { feedOf, openContext, withClient, type Context, type GlobalOptions } from './context.ts';
import { command } from './feed-client.ts';

interface Options {
  feed?: string;
  all?: boolean;
  limit?: string;
}

const REASON_CHARACTERS = 120;

export function registerDeadLetters(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('records that can never be sent as they are: list, show, replay, drop');
  letters
    .command('list')
    .description('one line for each')
    .option('--feed <name>', 'only of this feed')
    .option('--limit <n>', 'at most so many', '100')
    .addHelpText('after', '\nExample:\n  npx misp-relay dead-letters list --feed splunk-all')
    .action(list);
  letters
    .command('show')
    .argument('<id>')
    .description('one of them whole, with its raw JSON')
    .addHelpText('after', '\nExample:\n  npx misp-relay dead-letters show 12')
    .action(show);
  letters
    .command('replay')
    .argument('[ids...]')
    .option('--all', 'all of a feed')
    .option('--feed <name>', 'only of this feed')
    .description('try them again with the next poll, which is asked for at once')
    .addHelpText(
      'after',
      '\nExamples:\n  npx misp-relay dead-letters replay 12 13\n  npx misp-relay dead-letters replay --all --feed splunk-all',
    )
    .action(replay);
  letters
    .command('drop')
    .argument('[ids...]')
    .option('--all', 'all of a feed')
    .option('--feed <name>', 'only of this feed')
    .description('forget them: they are neither sent nor kept')
    .addHelpText('after', '\nExample:\n  npx misp-relay dead-letters drop 12')
    .action(drop);
}

async function list({ feed, limit = '' }: Options, self: Command): Promise<void> {
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new ConfigError([`--limit ${limit} is no number: write 1 to 999999`]);
  await withStore(self, async (context, store) => {
    const letters = await store.listDeadLetters({
      ...(feed === undefined ? {} : { feed }),
      limit: Number(limit),
    });
    const lines = letters.map(
      ({ id, feed: of, ident, stage, code, reason, lastAt, replay: waits }) =>
        `${String(id).padStart(5)}  ${of}  ${isoOf(lastAt)}  ${ident}  ${stage} ${code}${waits ? ' (goes with the next poll)' : ''}: ${reason.slice(0, REASON_CHARACTERS)}`,
    );
    context.answer(
      letters.map(({ raw: _, ...letter }) => letter),
      lines.length > 0 ? lines : ['there are none'],
    );
  });
}

async function show(id: string, _: Options, self: Command): Promise<void> {
  await withStore(self, async (context, store) => {
    const letter = await store.getDeadLetter(Number(id));
    if (!letter) throw new ConfigError([`there is no dead letter ${id}: see \`misp-relay dead-letters list\``]);
    const { raw, ...rest } = letter;
    const row: unknown = raw === '' ? null : JSON.parse(raw);
    context.answer({ ...rest, raw: row }, [
      ...Object.entries(rest).map(([key, value]) => `${key}: ${String(value)}`),
      'raw:',
      JSON.stringify(row, null, 2),
    ]);
  });
}

async function replay(ids: string[], options: Options, self: Command): Promise<void> {
  await withStore(self, async (context, store) => {
    const letters = await chosen(context, store, ids, options);
    const sendable = letters.filter(({ raw }) => raw !== '');
    const feeds = [...new Set(sendable.map(({ feed }) => feed))];
    await withClient(context, async (connected) => {
      await store.markForReplay(sendable.map(({ id }) => id));
      for (const feed of feeds) await command(connected, feed, 'poll');
    });
    const lines =
      sendable.length > 0
        ? [`${sendable.length} go with the next poll of ${feeds.join(', ')}, which is asked for`]
        : [];
    if (sendable.length < letters.length) {
      lines.push(
        `${letters.length - sendable.length} cannot be replayed: MISP could not deliver them, so there is no row to send; they come by themselves once MISP can`,
      );
    }
    context.answer({ replayed: sendable.length, feeds }, lines);
  });
}

async function drop(ids: string[], options: Options, self: Command): Promise<void> {
  await withStore(self, async (context, store) => {
    const dropped = await store.dropDeadLetters((await chosen(context, store, ids, options)).map(({ id }) => id));
    context.answer({ dropped }, [`${dropped} are dropped`]);
  });
}

async function chosen(context: Context, store: Store, ids: string[], { all, feed }: Options): Promise<DeadLetter[]> {
  if (all && ids.length > 0) throw new ConfigError(['either ids or --all, not both: nothing was done']);
  // A feed that has left the config may still have some, so any name goes.
  if (all) return store.listDeadLetters({ feed: feed ?? feedOf(context, undefined), limit: 100_000 });
  if (ids.length === 0) throw new ConfigError(['which? Name ids of `misp-relay dead-letters list`, or --all']);
  const letters = await Promise.all(ids.map((id) => store.getDeadLetter(Number(id))));
  const missing = ids.filter((_, i) => !letters[i]);
  if (missing.length > 0) throw new ConfigError([`there is no dead letter ${missing.join(', ')}: nothing was done`]);
  return letters.filter((letter) => letter !== null);
}

async function withStore(self: Command, work: (context: Context, store: Store) => Promise<void>): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const store = openSqlite(context.config.storePath);
  try {
    await work(context, store);
  } finally {
    await store.close();
  }
}
