// What could not be understood of a record. It costs the document the field, and never the attribute.

/** Sentences for `error.message`. They hold no value: it stands in the document anyway. */
export type Notes = string[];

/** Also where the value is not what its type says. */
export const notA = (what: string, field: string): string => `${field} is left out: the value is no ${what}`;
