// Filter values as MISP reads them: lists, `!`, `&&`, `%` and {"OR","AND","NOT"} (misp-api 2.1, misp-live 1).
export interface Terms {
  or: string[];
  and: string[];
  not: string[];
}

/** `undefined`: no filter (absent, false, an empty list or an empty string). */
export function termsOf(value: unknown): Terms | undefined {
  if (value === undefined || value === null || value === false || value === '') return undefined;
  const terms: Terms = { or: [], and: [], not: [] };
  if (typeof value === 'object' && !Array.isArray(value)) {
    const groups = value as Record<string, unknown>;
    terms.or.push(...textsOf(groups['OR']));
    terms.and.push(...textsOf(groups['AND']));
    terms.not.push(...textsOf(groups['NOT']));
    // An object of other keys is a value that nothing has.
    if (terms.or.length + terms.and.length + terms.not.length === 0) terms.or.push('\u0000');
    return terms;
  }
  for (const text of textsOf(value)) {
    if (text.startsWith('!')) terms.not.push(text.slice(1));
    else terms.or.push(text);
  }
  return terms.or.length + terms.not.length === 0 ? undefined : terms;
}

function textsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  if (typeof value !== 'string') return [typeof value === 'object' ? '\u0000' : JSON.stringify(value)];
  return value.split('&&').map((part) => part.trim());
}

/** LIKE with a `%` at either end. */
export function like(term: string): (text: string) => boolean {
  const [start, end] = [term.startsWith('%'), term.endsWith('%')];
  const core = term.slice(start ? 1 : 0, end && term.length > 1 ? -1 : undefined);
  if (start && end) return (text) => text.includes(core);
  if (start) return (text) => text.endsWith(core);
  if (end) return (text) => text.startsWith(core);
  return (text) => text === core;
}

/** A column of one value: any of `or`, none of `not`. `and` counts as `or` here. */
export function columnTest(terms: Terms): (text: string) => boolean {
  const wanted = [...terms.or, ...terms.and].map(like);
  const unwanted = terms.not.map(like);
  return (text) => (wanted.length === 0 || wanted.some((test) => test(text))) && !unwanted.some((test) => test(text));
}
