import { type Row } from './model.ts';

const network = 'domain domain|ip hostname hostname|port ip-dst ip-dst|port ip-src ip-src|port url'.split(' ');

// The two default models (misp-live 1): base 80 · (1 − (age / lifetime)^(1 / speed)). The base score of tags is not played.
const models = [
  { id: 2, name: 'Phishing model', lifetime: 3, speed: 2.3, types: new Set(network) },
  {
    id: 3,
    name: 'NIDS Simple Decaying Model',
    lifetime: 120,
    speed: 2,
    types: new Set([...network, 'snort', 'suricata', 'zeek', 'bro']),
  },
];
const threshold = 30;

function scoresOf(row: Row, now: number): { id: number; name: string; score: number }[] {
  const days = Math.max(0, now - Math.max(row.timestamp, row.sightedAt)) / 86_400;
  return models
    .filter((model) => model.types.has(row.type))
    .map(({ id, name, lifetime, speed }) => ({
      id,
      name,
      score: days >= lifetime ? 0 : 80 * (1 - (days / lifetime) ** (1 / speed)),
    }));
}

/** `,"decay_score":[…]`, or nothing for a type without a model. A sighting sets the age back to 0. */
export function decayScores(row: Row, now: number): string {
  const scores = scoresOf(row, now);
  if (scores.length === 0) return '';
  return `,"decay_score":${JSON.stringify(
    scores.map(({ id, name, score }) => ({
      score,
      base_score: 80,
      decayed: score < threshold,
      DecayingModel: { id: String(id), name },
    })),
  )}`;
}

/** Whether excludeDecayed drops the row; from 2.5.16 on also every row without a model. */
export function isDecayed(row: Row, now: number, dropsWithoutModel: boolean): boolean {
  const scores = scoresOf(row, now);
  return scores.length === 0 ? dropsWithoutModel : scores.every(({ score }) => score < threshold);
}
