// What became of the planted faults, for people and as JSON.

export interface Trial {
  plant: string;
  /** The first test that failed; null: it survived. */
  caughtBy: { file: string; test: string; message: string } | null;
  /** Of runs that gave no answer. */
  remarks: string[];
  seconds: number;
}

const NAME = 'planted fault';

export function linesOf(trials: readonly Trial[]): string[] {
  const width = Math.max(NAME.length, ...trials.map(({ plant }) => plant.length));
  const line = (name: string, seconds: string, by: string): string =>
    `${name.padEnd(width)}  ${seconds.padStart(7)}  ${by}`;
  return [line(NAME, 'seconds', 'caught by'), ...trials.map((trial) => lineOf(trial, line)), '', summaryOf(trials)];
}

function lineOf(
  { plant, caughtBy, remarks, seconds }: Trial,
  line: (name: string, seconds: string, by: string) => string,
): string {
  const by = caughtBy
    ? `${caughtBy.file}: ${caughtBy.test}`
    : ['SURVIVED', ...remarks.map((each) => each.split('\n', 1)[0])].join('; ');
  return line(plant, seconds.toFixed(1), by);
}

function summaryOf(trials: readonly Trial[]): string {
  const caught = trials.filter(({ caughtBy }) => caughtBy !== null).length;
  return `${caught} of ${trials.length} planted faults were caught`;
}
