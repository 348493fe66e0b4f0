// Base64 without Node: a workflow has neither Buffer nor atob.

export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes in groups of three, so without padding. Throws RangeError for another length. */
export function toBase64(bytes: readonly number[]): string {
  if (bytes.length % 3 !== 0) throw new RangeError(`${bytes.length} bytes are not groups of three`);
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
    text +=
      ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]! + ALPHABET[(group >> 6) & 63]! + ALPHABET[group & 63]!;
  }
  return text;
}

/** The reverse of toBase64. Throws RangeError for a character that is not in the alphabet. */
export function fromBase64(text: string): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 4) {
    let group = 0;
    for (let i = 0; i < 4; i++) {
      const value = ALPHABET.indexOf(text.charAt(at + i));
      if (value < 0 || at + i >= text.length) throw new RangeError(`not base64 at ${at + i}`);
      group = (group << 6) | value;
    }
    bytes.push(group >> 16, (group >> 8) & 255, group & 255);
  }
  return bytes;
}
