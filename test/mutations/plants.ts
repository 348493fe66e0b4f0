// The faults that `npm run test:mutations` plants, one at a time: each is a line that somebody could write, and that would lose
// something, send something twice, or say what is not proved.

export interface Plant {
  name: string;
  file: string;
  /** Stands exactly once in the file. */
  right: string;
  wrong: string;
  /** Files or folders of tests, in the order in which they are tried: the cheapest first that should catch it. */
  tests: readonly string[];
}

const READER = 'test/simulation/reader/histories.test.ts';
const FEED = 'test/simulation/feed';
const RELAY = 'test/simulation/relay';
const STORE = 'test/unit/store';
const HEC = 'test/unit/destinations';
const CONTRACT = 'test/contract';
const ACTIVITIES = 'test/unit/activities';

const reading: readonly Plant[] = [
  {
    name: 'the lookback is dropped',
    file: 'src/misp/reader/passes.ts',
    right: 'windowStart(job.cursor, until, job.startedAt, settings.lookbackSeconds)',
    wrong: 'windowStart(job.cursor, until, job.startedAt, Math.min(0, settings.lookbackSeconds))',
    tests: [READER],
  },
  {
    name: 'the walk goes on one second later',
    file: 'src/misp/reader/walk-by-key.ts',
    right: 'walk: keyWalk(last.timestamp) }',
    wrong: 'walk: keyWalk(last.timestamp + 1) }',
    tests: [READER],
  },
  {
    name: 'a short page is the last one',
    file: 'src/misp/reader/answers.ts',
    right: 'if (resultCount <= rows.length || (rows.length === 0 && resultCount <= 1)) return true;',
    wrong: 'if (resultCount <= rows.length || rows.length < body.limit) return true;',
    tests: [READER],
  },
  {
    name: 'a page is trusted whatever its order',
    file: 'src/misp/reader/answers.ts',
    right: 'if (last && !follows(progress.walk, last, row))',
    wrong: 'if (last && last.id === row.id && !follows(progress.walk, last, row))',
    tests: ['test/simulation/reader/strangers.test.ts'],
  },
  {
    name: 'a page inside a second need not overlap the one before',
    file: 'src/misp/reader/walk-by-id.ts',
    right: 'const proved = body.page === 1 || (rows.length > 0 && known(rows[0]!));',
    wrong: 'const proved = body.page === 1 || rows.length > 0;',
    tests: ['test/simulation/reader/sizes.test.ts'],
  },
  {
    name: 'the passes for deleted rows are left out',
    file: 'src/misp/reader/selectors.ts',
    right: '...job.deletedForms.flatMap(deleted),',
    wrong: '...job.deletedForms.slice(1).flatMap(deleted),',
    tests: [READER],
  },
  {
    name: 'a reset forward keeps the known id',
    file: 'src/core/cursor.ts',
    right: '? { ...newCursor(second), mark: cursor.mark,',
    wrong: '? { ...newCursor(second), mark: cursor.mark, id: cursor.id,',
    tests: ['test/unit/core/cursor.test.ts'],
  },
  {
    name: 'a number is drawn without the lease',
    file: 'activities/lease.ts',
    right: 'while (!(await store.acquireLease(lease, RANKS[rank], LEASE_MS))) {',
    wrong: 'if (!(await store.acquireLease(lease, RANKS[rank], LEASE_MS))) {',
    tests: [`${ACTIVITIES}/lease.test.ts`, RELAY],
  },
];

const looping: readonly Plant[] = [
  {
    name: 'the cursor moves before the confirmation',
    file: 'workflows/feed.ts',
    right: 'this.apply(startDelivery);\n      const at',
    wrong:
      'this.apply((s) => ({ ...startDelivery(s), cursor: page.cursor ?? s.cursor, reading: page.next }));\n      const at',
    tests: [FEED],
  },
  {
    name: 'the window learns before the confirmation',
    file: 'workflows/feed.ts',
    right: 'const receipt = await this.ports.deliver(page, shipment, after);',
    wrong:
      'this.window.add(page.keys, shipment.settled);\n      const receipt = await this.ports.deliver(page, shipment, after);',
    tests: [FEED],
  },
  {
    name: 'a page that was read before a reset is delivered after it',
    file: 'workflows/feed.ts',
    right: '!leaving && this.state.epoch === epoch && !this.state.paused',
    wrong: '!leaving && this.state.epoch >= epoch && !this.state.paused',
    tests: [FEED, RELAY],
  },
  {
    name: 'a page from before a reset moves the cursor',
    file: 'src/core/progress.ts',
    right: 'if (state.epoch !== after.epoch) return count(receipt)(state);',
    wrong: 'if (state.epoch < after.epoch) return count(receipt)(state);',
    tests: [FEED],
  },
  {
    name: 'the window hides what is to be sent again',
    file: 'workflows/feed.ts',
    right: 'if (this.state.owe !== null) this.window.clear();',
    wrong: 'if (this.state.owe === 0) this.window.clear();',
    tests: [FEED],
  },
  {
    name: 'a filtered key enters the window',
    file: 'activities/translate.ts',
    right: 'this.settled[n] = false;',
    wrong: 'this.settled[n] = true;',
    tests: [`${ACTIVITIES}/translate.test.ts`, RELAY],
  },
  {
    name: 'a revived feed has the life of the lost one',
    file: 'src/core/checkpoint.ts',
    right: 'life: state.life + 1,',
    wrong: 'life: state.life,',
    tests: [STORE, FEED],
  },
];

const storing: readonly Plant[] = [
  {
    name: 'a retry does not find the receipt',
    file: 'src/store/sqlite/claim-check.ts',
    right: "if (row['receipt'] !== null) return { receipt: JSON.parse(String(row['receipt'])) as Receipt };",
    wrong: "if (row['receipt'] !== null) return null;",
    tests: [STORE],
  },
  {
    name: 'a batch is saved without the claim',
    file: 'src/store/sqlite/claim-check.ts',
    right: 'WHERE ref = batches.shipment AND claim = ? AND receipt IS NULL',
    wrong: 'WHERE ref = batches.shipment AND claim >= ? AND receipt IS NULL',
    tests: [STORE],
  },
  {
    name: 'a shipment is finished without the claim',
    file: 'src/store/sqlite/claim-check.ts',
    right: 'FROM shipments WHERE ref = ? AND claim = ? AND receipt IS NULL',
    wrong: 'FROM shipments WHERE ref = ? AND claim >= ? AND receipt IS NULL',
    tests: [STORE],
  },
  {
    name: 'an older version overwrites a newer one in the ledger',
    file: 'src/store/sqlite/ledger.ts',
    right: 'expires_at = excluded.expires_at\n       WHERE excluded.seq >= ledger.seq',
    wrong: 'expires_at = excluded.expires_at\n       WHERE TRUE',
    tests: [STORE],
  },
  {
    name: 'a delivery that was under way makes the ledger remember what is to be sent again',
    file: 'src/store/sqlite/ledger.ts',
    right: "Number(forgot['generation']) > generation ?",
    wrong: "Number(forgot['generation']) < generation ?",
    tests: [STORE],
  },
];

const delivering: readonly Plant[] = [
  {
    name: 'the ledger learns what is still owed',
    file: 'activities/settlement.ts',
    right: 'const open = owed(progress) > 0 ? [...progress.todo, ...progress.pending] : [];',
    wrong: 'const open = owed(progress) > 0 ? [...progress.todo] : [];',
    tests: [RELAY],
  },
  {
    name: 'what is in doubt is not marked',
    file: 'activities/settlement.ts',
    right: 'return isOwed && mayBeThere ? [doubtful(entry)] : [];',
    wrong: 'return isOwed && !mayBeThere ? [doubtful(entry)] : [];',
    tests: [`${ACTIVITIES}/settlement.test.ts`, RELAY],
  },
  {
    name: 'shipments that nobody will finish are not looked at',
    file: 'activities/translate.ts',
    right: 'await settleAbandoned(deps, { owner: input.workflow });',
    wrong: 'void settleAbandoned;',
    tests: [`${ACTIVITIES}/translate.test.ts`, RELAY],
  },
  {
    name: 'a place beyond the request is believed',
    file: 'src/destinations/splunk-hec/conclusion.ts',
    right: 'if (n !== null && n < length) return',
    wrong: 'if (n !== null) return',
    tests: [`${HEC}/hec-conclusion.test.ts`],
  },
  {
    name: 'code 7 counts from zero',
    file: 'src/destinations/splunk-hec/conclusion.ts',
    right: 'return some(known ? n - 1 : 0, {',
    wrong: 'return some(known ? n : 0, {',
    tests: [`${HEC}/hec-conclusion.test.ts`],
  },
  {
    name: 'an acknowledgement that is false counts',
    file: 'src/destinations/splunk-hec/client.ts',
    right: 'acks[id] === true',
    wrong: 'id in acks',
    tests: [`${HEC}/hec-acks.test.ts`],
  },
  {
    name: 'another channel confirms a number',
    file: 'src/destinations/splunk-hec/acks.ts',
    right: '): string => `${channel} ${ackId}`;',
    wrong: '): string => `${channel.slice(36)} ${ackId}`;',
    tests: [`${HEC}/hec-acks.test.ts`, RELAY],
  },
  {
    name: 'an acknowledgement that was told is forgotten before it is saved',
    file: 'src/destinations/splunk-hec/acks.ts',
    right:
      'const next = await this.keep(confirmed(progress, isTold), context);\n    for (const each of done) this.told.delete(keyOf(handleOf(each)!));',
    wrong:
      'const next = confirmed(progress, isTold);\n    for (const each of done) this.told.delete(keyOf(handleOf(each)!));\n    await this.keep(next, context);',
    tests: [`${HEC}/hec-acks.test.ts`],
  },
  {
    name: 'numbers that begin anew confirm what came before',
    file: 'src/destinations/splunk-hec/channel.ts',
    right: 'if (ackId <= channel.lastAckId) this.lose(channel.id);',
    wrong: 'if (ackId < channel.lastAckId) this.lose(channel.id);',
    tests: [`${HEC}/hec-acks.test.ts`],
  },
  {
    name: 'all batches share a channel',
    file: 'src/destinations/splunk-hec/channel.ts',
    right: 'return { id: randomUUID(),',
    wrong: "return { id: randomUUID().replaceAll(/[^-]/g, '0'),",
    tests: [`${HEC}/hec-acks.test.ts`],
  },
  {
    name: 'a request is made before it is noted down',
    file: 'src/destinations/splunk-hec/posting.ts',
    right: 'await context.save(posting);',
    wrong: 'void posting;',
    tests: [CONTRACT],
  },
  {
    name: 'a request that was under way is forgotten',
    file: 'src/destinations/splunk-hec/progress.ts',
    right: 'possibleDuplicates: progress.possibleDuplicates + size(progress.posting) };',
    wrong: 'possibleDuplicates: progress.possibleDuplicates };',
    tests: [CONTRACT],
  },
];

/** Expiry, events feeds, ECS documents. */
const ageing: readonly Plant[] = [
  {
    name: 'a poll waits until all that has expired is withdrawn',
    file: 'workflows/feed.ts',
    right: "else if (mayExpire && (expiring === 'first' || waits)) next = 'expire';",
    wrong: "else if (mayExpire && expiring) next = 'expire';",
    tests: [FEED],
  },
  {
    name: 'a slice of what has expired is sent although the feed was paused meanwhile',
    file: 'workflows/feed.ts',
    right: 'if (!shipment || !wanted()) return this.apply(expireLater);',
    wrong: 'if (!shipment) return this.apply(expireLater);',
    tests: [FEED],
  },
  {
    name: 'a withdrawal that was refused is found again for ever',
    file: 'src/store/sqlite/expiry.ts',
    right: 'AND expires_at <= ? AND rejected_digest IS NULL',
    wrong: 'AND expires_at <= ?',
    tests: ['test/unit/store/expiry.test.ts'],
  },
  {
    name: 'what was seen again is withdrawn by a slice that was made before',
    file: 'activities/translate.ts',
    right: 'known.expiresAt !== null && known.expiresAt <= observedAt',
    wrong: 'known.expiresAt !== null',
    tests: ['test/unit/activities/expire.test.ts'],
  },
  {
    name: 'the age of an attribute is counted from its timestamp alone',
    file: 'src/records/lifetime.ts',
    right: 'Math.max(timestamp, seen)',
    wrong: 'timestamp',
    tests: ['test/unit/records/lifetime.test.ts'],
  },
  {
    name: 'a range lands in the field for addresses',
    file: 'src/translate/ecs/address.ts',
    right: 'single: bits === most ? address : null',
    wrong: 'single: text',
    tests: ['test/property/translate/ecs.test.ts'],
  },
  {
    name: 'an attribute is its own neighbour',
    file: 'src/misp/read-contexts.ts',
    right: '.filter(({ uuid }) => uuid !== row.uuid)',
    wrong: '.filter(() => true)',
    tests: ['test/unit/misp/read-contexts.test.ts'],
  },
];

/** Found by whole relays into a simulated Elasticsearch, compared with a fresh load. */
const copying: readonly Plant[] = [
  {
    name: 'copy: a later version has the name of an earlier one',
    file: 'src/destinations/elasticsearch/line.ts',
    right: "_id: `${id}:${seq}${action === 'upsert' ? '' : ':withdrawn'}`,",
    wrong: "_id: `${id}:1${action === 'upsert' ? '' : ':withdrawn'}`,",
    tests: [RELAY],
  },
  {
    name: 'copy: documents beside a blocked one are taken for confirmed',
    file: 'src/destinations/elasticsearch/progress.ts',
    right: "if (outcome.kind === 'taken' || outcome.kind === 'refused') done.add(index);",
    wrong: "if (outcome.kind !== 'again' || !outcome.doubtful) done.add(index);",
    tests: [RELAY],
  },
  {
    name: 'copy: what is withdrawn from a data stream decays some hours later',
    file: 'src/translate/ecs/misp.ts',
    right: 'dateOfSeconds(observedAt - DECAYED_SECONDS_AGO)',
    wrong: 'dateOfSeconds(observedAt + 100 * DECAYED_SECONDS_AGO)',
    tests: [RELAY],
  },
  {
    name: 'copy: what has expired stays',
    file: 'activities/expire.ts',
    right: 'deps.store.expired(feed.name, now, EXPIRED_MAX)',
    wrong: 'deps.store.expired(feed.name, now, 0)',
    tests: [RELAY],
  },
  {
    name: 'copy: a new version ends when the old one would have',
    file: 'src/store/sqlite/ledger.ts',
    right: 'expires_at = excluded.expires_at\n',
    wrong: 'expires_at = ledger.expires_at\n',
    tests: [RELAY],
  },
  {
    name: 'copy: what was seen again expires as before',
    file: 'src/records/lifetime.ts',
    right: 'Math.max(timestamp, seen)',
    wrong: 'Math.min(timestamp, seen)',
    tests: [RELAY],
  },
];

export const plants: readonly Plant[] = [...reading, ...looping, ...storing, ...delivering, ...ageing, ...copying];
