// Time, and what of it was spent computing.

export interface Lap {
  seconds: number;
  /** Processor seconds of the main thread, and of the whole process with the threads that compress and speak to Temporal. */
  mainThread: number;
  process: number;
}

/** Starts now; the function that comes back stops it. `from` is an earlier start by the clock of performance.now(). */
export function stopwatch(from = performance.now()): () => Lap {
  const main = process.threadCpuUsage();
  const whole = process.cpuUsage();
  return () => ({
    seconds: (performance.now() - from) / 1000,
    mainThread: secondsOf(process.threadCpuUsage(main)),
    process: secondsOf(process.cpuUsage(whole)),
  });
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;
