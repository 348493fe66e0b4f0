// IP addresses and CIDR blocks as numbers that can be compared.
import { isIP } from 'node:net';

/** A zone (`fe80::1%eth0`) is not taken. */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');

/** As 128 bits, IPv4 mapped into IPv6; `undefined`: not an address. */
export function addressBits(text: string): bigint | undefined {
  if (!isAddress(text)) return undefined;
  if (isIP(text) === 4) return 0xffff00000000n | v4(text);
  let groups = text;
  const tail = /:(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (tail) {
    const bits = v4(tail[1]!);
    groups = `${text.slice(0, -tail[1]!.length)}${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;
  }
  const [head = '', rest] = groups.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return all.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

const v4 = (text: string): bigint => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

/** First and last address of a block, or of one address. */
export function blockBits(text: string): [bigint, bigint] | undefined {
  const [address = '', length] = text.split('/');
  const bits = addressBits(address);
  if (bits === undefined) return undefined;
  if (length === undefined) return [bits, bits];
  const host = BigInt((isIP(address) === 4 ? 32 : 128) - Number(length));
  const low = (bits >> host) << host;
  return [low, low | ((1n << host) - 1n)];
}
