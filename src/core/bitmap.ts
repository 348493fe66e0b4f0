// One mark for each row of a page, six in a base64 character: this is how a workflow and its activities speak of rows.
import { ALPHABET } from './base64.ts';

export function bitmapOf(marks: readonly boolean[]): string {
  let text = '';
  for (let at = 0; at < marks.length; at += 6) {
    let bits = 0;
    for (let bit = 0; bit < 6; bit++) bits = (bits << 1) | (marks[at + bit] ? 1 : 0);
    text += ALPHABET[bits]!;
  }
  return text;
}

/** A row that the bitmap does not reach is not marked. */
export function isMarked(bitmap: string, row: number): boolean {
  const bits = ALPHABET.indexOf(bitmap.charAt(Math.floor(row / 6)) || '=');
  return bits >= 0 && ((bits >> (5 - (row % 6))) & 1) === 1;
}
