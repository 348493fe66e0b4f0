// Makes a failing tape short: cuts its end, takes pieces out, calms pieces, as long as it still fails. What is left is a story that a
// person can read.
import { Failed, play } from './play.ts';

export interface Shrunk {
  tape: readonly number[];
  error: Failed;
  story: string[];
  runs: number;
}

/** `runsMax`: how often it may be played. */
export async function shrink(failing: readonly number[], runsMax = 400): Promise<Shrunk> {
  let runs = 0;
  let tape = withoutTail(failing);
  const fails = async (candidate: readonly number[]): Promise<boolean> => {
    if (runs >= runsMax) return false;
    runs++;
    const error = await failureOf(candidate);
    if (error) tape = withoutTail(candidate);
    return error !== null;
  };
  for (let length = tape.length >> 1; length >= 1 && runs < runsMax;) {
    if (length < tape.length && (await fails(tape.slice(0, tape.length - length)))) continue;
    length >>= 1;
  }
  for (let size = tape.length >> 1; size >= 1 && runs < runsMax; size >>= 1) {
    for (let at = 0; at < tape.length && runs < runsMax;) {
      const without = [...tape.slice(0, at), ...tape.slice(at + size)];
      const calmed = [...tape.slice(0, at), ...new Array<number>(size).fill(0), ...tape.slice(at + size)].slice(
        0,
        tape.length,
      );
      const changes = tape.slice(at, at + size).some((drawn) => drawn !== 0);
      if (await fails(without)) continue;
      if (changes) await fails(calmed);
      at += size;
    }
  }
  const story: string[] = [];
  const error = await failureOf(tape, story);
  return { tape, error: error!, story, runs };
}

const withoutTail = (tape: readonly number[]): readonly number[] =>
  tape.slice(0, tape.findLastIndex((drawn) => drawn !== 0) + 1);

const failureOf = (tape: readonly number[], story: string[] | null = null): Promise<Failed | null> =>
  play(tape, story).then(
    () => null,
    (error: unknown) => {
      if (error instanceof Failed) return error;
      throw error;
    },
  );
