// The feeds of an older release as they ran: their histories are replayed with the present workflows.
import { beforeAll, describe, expect, it } from 'vitest';
import { entityId } from '../../src/entity.ts';
import { prepareReplay, type Replay } from '../support/replay.ts';
import { feedNames } from './recorded-world.ts';
import { recordings } from './recordings.ts';

let replay: Replay;
beforeAll(async () => {
  replay = await prepareReplay();
});

interface Activity {
  activityType: { name: string };
}

describe.each(recordings)('the histories of $name', (recording) => {
  it.each(feedNames)('%s is replayed by the present workflows', (feed) =>
    replay(entityId(feed), recording.history(feed)),
  );

  it('delivering is in the middle of a page, and the next one is fetched', () => {
    const { events } = recording.history('delivering');
    const ended = new Set(
      events.map(
        ({ activityTaskCompletedEventAttributes: of }) =>
          (of as { scheduledEventId?: string } | undefined)?.scheduledEventId,
      ),
    );
    const open = events
      .filter(({ eventId, activityTaskScheduledEventAttributes: of }) => of && !ended.has(eventId as string))
      .map(({ activityTaskScheduledEventAttributes: of }) => (of as Activity).activityType.name);
    expect(open.sort()).toEqual(['deliver', 'fetch']);
  });
});
