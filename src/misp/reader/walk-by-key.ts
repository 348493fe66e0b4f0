// The walk between seconds: always page 1, `since` = the last second seen. It comes again with the next page, so nothing can
// slip between two pages.
import type { Answer } from './answers.ts';
import { goOn, idWalk, type KeyWalk, keyWalk, type Progress, type ReaderSettings, type Step } from './progress.ts';
import { endPass } from './passes.ts';
import { endOf } from './requests.ts';
import { LAST_SECOND, selectorAt } from './selectors.ts';

/** `whole`: the answer is proved not full. */
export function acceptKey(
  progress: Progress,
  walk: KeyWalk,
  answer: Answer,
  whole: boolean,
  settings: ReaderSettings,
): Step {
  const selector = selectorAt(progress);
  const last = answer.rows.at(-1);
  if (whole) {
    const to = endOf(walk, selector);
    if (to >= selector.to) return endPass(progress, settings);
    const width = Math.min(LAST_SECOND, walk.width! * 2 + 1);
    return goOn({ ...progress, walk: { by: 'key', since: to + 1, width } });
  }
  if (!last) return goOn({ ...progress, walk: narrow(progress, walk) }); // every row of the page was hidden
  if (last.timestamp > walk.since) return goOn({ ...progress, walk: keyWalk(last.timestamp) });
  return goOn({ ...progress, walk: idWalk(walk.since) }); // one second fills the page
}

/** Halve the window until it can be read whole, or is one second. */
export function narrow(progress: Progress, walk: KeyWalk): Progress['walk'] {
  const width = endOf(walk, selectorAt(progress)) - walk.since;
  return width <= 0 ? idWalk(walk.since) : { ...walk, width: Math.floor(width / 2) };
}
