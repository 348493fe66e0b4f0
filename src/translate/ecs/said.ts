/** Without what nobody says: undefined, null and empty texts. Made for every record, so without lists of pairs in between. */
export function said(object: Record<string, unknown>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value !== undefined && value !== null && value !== '') kept[key] = value;
  }
  return kept;
}
