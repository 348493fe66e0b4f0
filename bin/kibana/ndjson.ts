import type { Json } from './lens.ts';

export const ndjson = (objects: readonly Json[]): string => objects.map((each) => `${JSON.stringify(each)}\n`).join('');
