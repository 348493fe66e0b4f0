// Single values of MISP's answers: each may come as string, number or boolean (misp-api 5).
import { z } from 'zod';

export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
export const textOr = (value: string) => text.nullish().transform((given) => given ?? value);

const WHOLE = /^-?\d+$/;
export const wholeOf = (value: unknown): number | null => {
  const number = typeof value === 'string' && WHOLE.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
};
export const anything = z.unknown().optional();
export const whole = anything.transform((value, context): number => {
  const number = wholeOf(value);
  if (number !== null) return number;
  const message = value === undefined ? 'is missing' : 'is not a whole number';
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});
/** Undefined when it is no whole number. */
export const maybeWhole = anything.transform((given) => wholeOf(given) ?? undefined);
export const wholeOr = (value: number) => anything.transform((given) => wholeOf(given) ?? value);

export const FLAGS = new Map<unknown, boolean>([
  [true, true],
  [1, true],
  ['1', true],
  ['true', true],
  [false, false],
  [0, false],
  ['0', false],
  ['false', false],
]);
export const flag = anything.transform((value, context): boolean => {
  const known = FLAGS.get(value);
  if (known !== undefined) return known;
  context.issues.push({ code: 'custom', message: value === undefined ? 'is missing' : 'is not a flag', input: value });
  return z.NEVER;
});
/** Undefined when it is no flag that we know. */
export const maybeFlag = anything.transform((given) => FLAGS.get(given));
export const flagOr = (value: boolean) => anything.transform((given) => FLAGS.get(given) ?? value);

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
