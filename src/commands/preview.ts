// preview: what a feed would send, before it sends anything. Nothing is written, drawn or leased.
import type { Command } from 'commander';
import { isUuid } from '../core/attribute-key.ts';
import { isoOf, timeOf } from '../core/times.ts';
import { ConfigError } from '../errors.ts';
import type { FeedRuntime } from '../feeds.ts';
import { type Preview, previewOf } from '../preview/preview.ts';
import { newestRows, type Rows, rowsOf, uuidOf } from '../preview/rows.ts';
import { createWiring } from '../runtime.ts';
import { type StoreView, viewSqlite } from '../store/sqlite/view.ts';
import { feedOf, openContext, type Context, type GlobalOptions } from './context.ts';

interface Options {
  limit: string;
  uuid?: string[];
  redeliver?: boolean;
}

/** A filter may let few of them pass. */
const LOOKED_AT_MIN = 100;
const NOT_SHOWN = 'MISP does not show it to this key';

export function registerPreview(program: Command): void {
  program
    .command('preview')
    .argument('[feed]')
    .option('--limit <n>', 'stop after so many lines, 1 to 1000', '5')
    .option('--uuid <uuids...>', 'these attributes in place of the newest ones')
    .option('--redeliver', 'show what is confirmed too, as reset-cursor --redeliver would send it')
    .description(
      'exactly what would be sent, one line each, and what would be left out and why; nothing is sent or written',
    )
    .addHelpText(
      'after',
      '\nThe lines go to stdout, everything else to stderr.\n\nExamples:\n  npx misp-relay preview\n  npx misp-relay preview splunk-all --limit 1\n  npx misp-relay preview splunk-all --uuid 5b1cfc0e-21f4-4a0b-8a75-0c0a3c6f1b2d',
    )
    .action(run);
}

async function run(given: string | undefined, options: Options, self: Command): Promise<void> {
  const context = openContext(self.optsWithGlobals<GlobalOptions>());
  const name = feedOf(context, given);
  const limit = limitOf(options);
  const uuids = options.uuid && uuidsOf(options.uuid);
  const wiring = await createWiring(context.config, context.log);
  let view: StoreView | null = null;
  try {
    view = viewSqlite(context.config.storePath);
    const feed = wiring.feeds.get(name)!;
    const rows = await (uuids ? rowsOf(feed, uuids) : newestRows(feed, Math.max(LOOKED_AT_MIN, limit)));
    const known = view && view.form === view.formNow ? view : null;
    const { redeliver = false } = options;
    const preview = previewOf(feed, rows, { known, limit: uuids ? uuids.length : limit, redeliver });
    const absent = (uuids ?? []).filter((uuid) => !rows.rows.some((row) => uuidOf(row) === uuid));
    preview.leftOut.push(...absent.map((uuid) => ({ uuid, rule: NOT_SHOWN })));
    answer(context, feed, preview, notesOf(context, feed, rows, preview, view));
  } finally {
    view?.close();
    await wiring.close();
  }
}

function limitOf({ limit }: Options): number {
  if (/^[1-9]\d{0,3}$/.test(limit) && Number(limit) <= 1000) return Number(limit);
  throw new ConfigError([`--limit ${limit} is no number of lines: write 1 to 1000`]);
}

function uuidsOf(given: readonly string[]): string[] {
  const uuids = [...new Set(given.map((uuid) => uuid.toLowerCase()))];
  const wrong = uuids.find((uuid) => !isUuid(uuid));
  if (wrong !== undefined) throw new ConfigError([`--uuid ${wrong} is no UUID of an attribute`]);
  return uuids;
}

/** What a person could take wrong. */
function notesOf(
  { config }: Context,
  feed: FeedRuntime,
  { rows }: Rows,
  { sent, leftOut, differs }: Preview,
  view: StoreView | null,
): string[] {
  const notes: string[] = [];
  if (differs.length > 0)
    notes.push(
      `At delivery these places hold what is only known then, and here what it would be now: ${differs.join(', ')}`,
    );
  if (view === null) notes.push('There is no store yet, so nothing counts as confirmed.');
  else if (view.form !== view.formNow)
    notes.push('The store has the form of another version, so nothing counts as confirmed here.');
  const since = timeOf(config.feeds[feed.name]!.since, Math.floor(Date.now() / 1000))!;
  const isNew = view === null || view.form !== view.formNow || !view.knows(feed.name);
  const shown = new Set(sent.map(({ uuid }) => uuid));
  const older = rows.filter(
    (row) => shown.has(uuidOf(row)) && Number((row as { timestamp?: unknown }).timestamp) < since,
  );
  if (isNew && older.length > 0)
    notes.push(
      `${older.length} of the lines are older than since (${isoOf(since)}): the first poll may not read them; a backfill does.`,
    );
  if (rows.length === 0) notes.push('MISP shows no attribute to this key under this filter.');
  else if (sent.length === 0) {
    const confirmed = leftOut.some(({ rule }) => rule.startsWith('unchanged'));
    const hint = confirmed ? ' (--redeliver shows what is confirmed)' : '';
    notes.push(`None of the ${leftOut.length} attributes that were looked at would be sent${hint}.`);
  }
  return notes;
}

function answer(context: Context, { name }: FeedRuntime, preview: Preview, notes: string[]): void {
  const { sent, leftOut } = preview;
  if (!context.json) {
    const lines = [...leftOut.map(({ uuid, rule }) => `left out  ${uuid ?? '(no uuid)'}  ${rule}`), ...notes];
    process.stderr.write(lines.map((line) => `${line}\n`).join(''));
  }
  context.answer(
    { feed: name, ...preview, notes },
    sent.map(({ line }) => line),
  );
}
