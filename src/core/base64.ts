// Base64 without Node: a workflow has neither Buffer nor atob.

export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Six hex digits, three bytes, become four characters, so without padding. Throws RangeError for another length. */
export function hexToBase64(hex: string): string {
  if (hex.length % 6 !== 0) throw new RangeError(`${hex.length} hex digits are not groups of three bytes`);
  let text = '';
  for (let at = 0; at < hex.length; at += 6) {
    const group = Number.parseInt(hex.slice(at, at + 6), 16);
    text +=
      ALPHABET[group >> 18]! + ALPHABET[(group >> 12) & 63]! + ALPHABET[(group >> 6) & 63]! + ALPHABET[group & 63]!;
  }
  return text;
}

/** The bytes of base64 without padding. Throws RangeError for a character that is not in the alphabet. */
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
