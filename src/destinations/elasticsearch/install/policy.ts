// A lifecycle policy that stands there already, and when it deletes.
import type { Installing } from './asset.ts';

const SECONDS: Record<string, number> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds after a rollover; null: it never deletes, or is not to be seen. */
export async function deletesAfter({ client, signal }: Installing, policy: string): Promise<number | null> {
  const { status, json } = await client.get(`/_ilm/policy/${encodeURIComponent(policy)}`, signal);
  if (status !== 200) return null;
  const said = json?.[policy] as { policy?: { phases?: { delete?: { min_age?: string } } } } | undefined;
  const phase = said?.policy?.phases?.delete;
  return phase === undefined ? null : (secondsOf(phase.min_age ?? '0ms') ?? 0);
}

/** Of `3d`; null: not such a text. A part of a second counts as none. */
export function secondsOf(text: string): number | null {
  const [, count, unit] = /^(\d+)(d|h|m|s|ms|micros|nanos)$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (SECONDS[unit!] ?? 0);
}
