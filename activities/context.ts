// What an activity knows of its attempt. Given by Temporal (index.ts), or by the simulation.

export interface ActivityContext {
  /** Unique for each activity of each run, the same for every attempt of it: refs are made from it. */
  ref: string;
  /** Aborted when the result is no longer wanted. */
  signal: AbortSignal;
}
