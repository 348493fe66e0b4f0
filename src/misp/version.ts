// What depends on the version of MISP (misp-api 2.1, 2.4).
import { PermanentError } from '../errors.ts';
import type { DeletedForm } from './reader.ts';

const OLDEST = [2, 4, 198] as const;

function partsOf(version: string): [number, number, number] | null {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version.trim());
  return found ? [Number(found[1]), Number(found[2]), Number(found[3])] : null;
}

const isBefore = (a: readonly [number, number, number], b: readonly [number, number, number]): boolean =>
  (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0;

/**
 * The forms in which deleted attributes must be asked for: `'only'` from 2.4.202 / 2.5.4 on, `[0, 1]` before, since `'only'` misses
 * deleted attributes of live objects there; both when the version cannot be read.
 */
export function deletedForms(version: string): DeletedForm[] {
  const parts = partsOf(version);
  if (parts === null) return ['only', [0, 1]];
  const repaired = isBefore(parts, [2, 5, 0]) ? !isBefore(parts, [2, 4, 202]) : !isBefore(parts, [2, 5, 4]);
  return repaired ? ['only'] : [[0, 1]];
}

/** Throws MISP_TOO_OLD. A version that cannot be read is let through. */
export function refuseTooOld(version: string, host: string): void {
  const parts = partsOf(version);
  if (parts === null || !isBefore(parts, OLDEST)) return;
  const reason = 'its searches report neither order, page ends nor deletions reliably';
  throw new PermanentError(
    'MISP_TOO_OLD',
    `${host} runs MISP ${version}, and ${reason} before ${OLDEST.join('.')}: update MISP.`,
  );
}
