import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

/** A process that is told from a later one with the same id by the time at which it started. */
export interface ProcessRef {
  readonly pid: number;
  /** As the system writes it; null where it does not tell. Only ever compared. */
  readonly startTime: string | null;
}

/** Whether a process with this id is there; one of another user counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When the process with this id started, or null. On Linux in ticks since boot, with the boot they count from. */
export async function startTimeOf(pid: number): Promise<string | null> {
  try {
    if (process.platform === 'linux') {
      const [stat, boot] = await Promise.all([
        readFile(`/proc/${pid}/stat`, 'utf8'),
        readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
      ]);
      // The name in brackets may hold anything, spaces and brackets too; field 22 is the 20th after it. A zombie (Z) has ended.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? null : `${fields[19]}@${boot.trim().slice(0, 8)}`;
    }
    if (process.platform === 'win32') {
      const script = `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`;
      return (await execFileAsync('powershell', ['-NoProfile', '-Command', script])).stdout.trim() || null;
    }
    return (await execFileAsync('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || null;
  } catch {
    return null;
  }
}

/** Takes down who that is, to be found again with `isSame`. */
export const refOf = async (pid: number): Promise<ProcessRef> => ({ pid, startTime: await startTimeOf(pid) });

/** Whether that very process still runs: the id is there, and it was not given to another one meanwhile. */
export async function isSame({ pid, startTime }: ProcessRef): Promise<boolean> {
  return isAlive(pid) && (await startTimeOf(pid)) === startTime;
}

/** Waits until that process is gone; false when it is still there after `ms`. */
export async function isGoneWithin(ref: ProcessRef, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; ; await sleep(50)) {
    if (!(await isSame(ref))) return true;
    if (Date.now() > until) return false;
  }
}

/** Sends a signal; a process that has ended meanwhile is what was wanted. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone.
  }
}

/** Asks that process to end, and ends it when it does not. */
export async function end(ref: ProcessRef, patienceMs = 3_000): Promise<void> {
  if (!(await isSame(ref))) return;
  signal(ref.pid, 'SIGTERM');
  if (await isGoneWithin(ref, patienceMs)) return;
  if (await isSame(ref)) signal(ref.pid, 'SIGKILL');
  await isGoneWithin(ref, 5_000);
}
