import { describe, expect, it } from 'vitest';
import { LiveView, type ViewTarget } from '../../../src/commands/live-view.ts';
import type { FeedStatus } from '../../../src/commands/status.ts';
import { newState } from '../../../src/core/feed-state.ts';

class Paper implements ViewTarget {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly written: string[] = [];
  constructor(isTTY: boolean, columns = 0) {
    this.isTTY = isTTY;
    this.columns = columns;
  }
  write(text: string): void {
    this.written.push(text);
  }
}

/** What a terminal shows after these writes; only the sequences that the view uses are understood. */
function screenOf(written: readonly string[]): string[] {
  const lines: string[] = [''];
  let row = 0;
  for (const part of written.join('').split(/(\x1b\[\d*[AJK]|\n)/)) {
    const code = /^\x1b\[(\d*)([AJK])$/.exec(part);
    if (code?.[2] === 'A') row = Math.max(0, row - Number(code[1]));
    else if (code?.[2] === 'K') lines[row] = '';
    else if (code?.[2] === 'J')
      lines.splice(row, Infinity, ''); // always at the begin of a line
    else if (part === '\n') lines[++row] ??= '';
    else lines[row] += part;
  }
  return lines.slice(0, -1);
}

function status(feed: string, mode: FeedStatus['mode'], confirmed = 0, more: Partial<FeedStatus> = {}): FeedStatus {
  const state = newState(0);
  return {
    feed,
    mode,
    state: { ...state, totals: { ...state.totals, rows: 2 * confirmed, confirmed } },
    lagSeconds: null,
    ledger: { live: 0, withdrawn: 0, rejected: 0 },
    deadLetters: 0,
    nextPoll: null,
    schedulePaused: false,
    trouble: null,
    ...more,
  };
}

const blocked = (feed: string, reason: string): FeedStatus => {
  const given = status(feed, 'blocked');
  return { ...given, state: { ...given.state!, blocked: { by: 'source', reason, at: 0 } } };
};

describe('on a terminal', () => {
  it('draws one line for each feed, in the same place', () => {
    const paper = new Paper(true);
    const view = new LiveView(paper, () => 0);
    view.show([status('one', 'running', 5), status('two', 'idle', 7, { lagSeconds: 12 })]);
    view.show([status('one', 'idle', 6, { lagSeconds: 3, deadLetters: 2 }), status('two', 'idle', 7)]);
    expect(screenOf(paper.written)).toEqual([
      'one               idle      read 12  delivered 6  0/s  lag 3 s  2 dead letters',
      'two               idle      read 14  delivered 7  0/s  lag –',
    ]);
  });

  it('steps aside for a line of the log, which stays above it', () => {
    const paper = new Paper(true);
    const view = new LiveView(paper, () => 0);
    view.stepAside(); // nothing is drawn yet
    const two = [status('one', 'idle', 1), status('two', 'idle', 2)];
    view.show(two);
    view.stepAside();
    paper.write('a line of the log\n');
    view.stepAside();
    paper.write('another one\n');
    view.show(two);
    expect(screenOf(paper.written).map((line) => line.split('  ')[0])).toEqual([
      'a line of the log',
      'another one',
      'one',
      'two',
    ]);
  });

  it('clears what is no longer there', () => {
    const paper = new Paper(true);
    const view = new LiveView(paper, () => 0);
    view.show([status('one', 'running'), status('two', 'running')], ['pause it: …']);
    view.show([status('one', 'idle')]);
    expect(screenOf(paper.written)).toHaveLength(1);
  });

  it('cuts a line that would wrap, and so keeps its place', () => {
    const paper = new Paper(true, 40);
    const view = new LiveView(paper, () => 0);
    for (let n = 0; n < 3; n++) view.show([blocked('one', 'a reason that is much longer than the terminal is wide')]);
    const [line, ...more] = screenOf(paper.written);
    expect(more).toEqual([]);
    expect(line).toHaveLength(40);
    expect(line!.endsWith('…')).toBe(true);
  });

  it('shows a rate that follows what was confirmed, smoothed', () => {
    let now = 0;
    const paper = new Paper(true);
    const view = new LiveView(paper, () => now);
    const rates = [0, 1_000, 2_000, 3_000].map((confirmed) => {
      view.show([status('one', 'running', confirmed)]);
      now += 1_000;
      return Number(/ (\d+)\/s/.exec(paper.written.at(-1)!)![1]);
    });
    expect(rates).toEqual([0, 500, 750, 875]);
  });
});

describe('without a terminal', () => {
  const shown = (looks: FeedStatus[][]): string[] => {
    const paper = new Paper(false);
    const view = new LiveView(paper, () => 0);
    for (const feeds of looks) view.show(feeds, ['a hint for terminals']);
    return paper.written;
  };

  it('prints a line when a feed comes to rest, or into trouble', () => {
    expect(
      shown([[status('one', 'running')], [status('one', 'idle', 3)], [blocked('one', 'the key is rejected')]]),
    ).toEqual([
      'one               idle      read 6  delivered 3\n',
      'one               blocked   read 0  delivered 0  the key is rejected\n',
    ]);
  });

  it('prints nothing twice, also when it ran in between and found nothing', () => {
    const idle = [status('one', 'idle', 3)];
    expect(shown([idle, idle, [status('one', 'running', 3)], idle])).toHaveLength(1);
  });

  it('one feed that runs does not make the others speak again', () => {
    const two = status('two', 'idle', 7);
    const written = shown([
      [status('one', 'idle', 1), two],
      [status('one', 'running', 1), two],
      [status('one', 'idle', 2), two],
    ]);
    expect(written.map((line) => line.split(' ')[0])).toEqual(['one', 'two', 'one']);
  });

  it('uses no control characters', () => {
    expect(shown([[status('one', 'idle')]]).join('')).not.toContain('\x1b');
  });
});

it('says it when the filter leaves everything out', () => {
  const given = status('all', 'idle');
  const target = {
    text: '',
    write(text: string) {
      this.text += text;
    },
  };
  const state = given.state!;
  new LiveView(target).show([
    {
      ...given,
      state: {
        ...state,
        totals: { ...state.totals, rows: 7, filtered: 7 },
        poll: { ...state.poll, filtered: { published: 2, toIds: 5 } },
      },
    },
  ]);
  expect(target.text).toContain('the filter leaves out all 7, mostly by toIds');
});
