// Which field an indicator-match rule of Elastic looks at, for the values of which MISP type.
import type { MispData } from '../../simulators/misp/data.ts';
import { expect } from 'vitest';
import { type Access, foundByRule } from './es-relay.ts';

/** Values that are none of their kind stand in `error.message` and not in the field. */
const FIELDS: readonly { type: string; field: string; isOne: RegExp }[] = [
  { type: 'ip-dst', field: 'threat.indicator.ip', isOne: /^\d+\.\d+\.\d+\.\d+$/ },
  { type: 'ip-src', field: 'threat.indicator.ip', isOne: /^\d+\.\d+\.\d+\.\d+$/ },
  { type: 'url', field: 'threat.indicator.url.full', isOne: /^https?:\/\/[\x21-\x7e]+$/ },
  { type: 'domain', field: 'threat.indicator.url.domain', isOne: /^[a-z0-9.-]+$/ },
  { type: 'hostname', field: 'threat.indicator.url.domain', isOne: /^[a-z0-9.-]+$/ },
  { type: 'md5', field: 'threat.indicator.file.hash.md5', isOne: /^[0-9a-f]{32}$/ },
  { type: 'sha1', field: 'threat.indicator.file.hash.sha1', isOne: /^[0-9a-f]{40}$/ },
  { type: 'sha256', field: 'threat.indicator.file.hash.sha256', isOne: /^[0-9a-f]{64}$/ },
];

/** Every live value of these types is found; how many of each type. `since`: before the oldest of them. */
export async function expectFoundByRules(
  to: Access,
  target: string,
  data: MispData,
  since: string,
): Promise<Record<string, number>> {
  const told: Record<string, number> = {};
  for (const { type, field, isOne } of FIELDS) {
    const rows = [...data.byId.rows()].filter((row) => row.type === type && !row.deleted && isOne.test(row.value));
    const values = [...new Set(rows.map(({ value }) => value))];
    const found = await foundByRule(to, target, field, values, since);
    expect(values.filter((value) => !found.has(value))).toEqual([]);
    told[type] = values.length;
  }
  return told;
}
