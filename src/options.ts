// The pieces that options are made of, for the config and for each destination: secrets, durations, URLs, TLS.
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { durationOf } from './core/times.ts';
import { ConfigError } from './errors.ts';

const FILE = 'file:';

/**
 * A credential. It cannot be printed, logged or serialised by accident; only `reveal` shows it. `file:/run/secrets/key` is read when it
 * is needed; any other text is the secret itself.
 */
export class Secret {
  readonly #text: string;
  #folder = '.';
  constructor(text: string) {
    this.#text = text;
  }
  /** The value now: a file is read again each time, so that a rotated credential needs no restart. Throws ConfigError. */
  reveal(): string {
    const path = this.#path();
    if (path === undefined) return this.#text;
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      throw new ConfigError([`the secret file ${path} cannot be read: mind the path and who may read it`]);
    }
  }
  /** A relative path begins at this folder. The path, when nothing is there. */
  startAt(folder: string): string | undefined {
    this.#folder = folder;
    const path = this.#path();
    if (path === undefined) return undefined;
    try {
      statSync(path);
      return undefined;
    } catch (error) {
      // Another user may not be allowed to look, and need not: not every command uses it.
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? path : undefined;
    }
  }
  toJSON(): string {
    return '[secret]';
  }
  toString(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
  #path(): string | undefined {
    return this.#text.startsWith(FILE) ? resolve(this.#folder, this.#text.slice(FILE.length)) : undefined;
  }
}

export const secret = z
  .string('is missing')
  .min(1, 'is empty')
  .transform((text) => new Secret(text));

/** A URL that is a credential by itself, such as that of a webhook. */
export const secretUrl = z
  .string('is missing')
  .refine((text) => text.startsWith(FILE) || isWebUrl(text), 'is no URL: write https://host/path, or file:/path/to/it')
  .transform((text) => new Secret(text));

const isWebUrl = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** Where to listen: `127.0.0.1:9464`, `[::1]:9464`; port 0 is any that is free. Null: `off`. */
export const address = z.string().transform((given, context): { host: string; port: number } | null => {
  if (given === 'off') return null;
  const [, host = '', port = ''] = /^(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(given) ?? [];
  if (host !== '' && Number(port) < 65_536) return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
  context.issues.push({ code: 'custom', message: 'is no address: write 127.0.0.1:9464, or off', input: given });
  return z.NEVER;
});

/** `5m`, `36h`, `30d`, in seconds. */
export const duration = z.union([z.string(), z.number()]).transform((given, context): number => {
  const seconds = typeof given === 'number' ? given : durationOf(given);
  if (seconds !== undefined && Number.isFinite(seconds) && seconds >= 0) return seconds;
  context.issues.push({ code: 'custom', message: 'is no time span: write 30s, 5m, 2h or 7d', input: given });
  return z.NEVER;
});

/** http or https, without credentials; without a trailing slash. */
export const url = z.string('is missing').transform((given, context): string => {
  const parsed = URL.canParse(given) ? new URL(given) : null;
  const wrong =
    !parsed || !/^https?:$/.test(parsed.protocol)
      ? 'is no URL: write https://host:port'
      : parsed.username || parsed.password
        ? 'holds credentials: take them out of the URL'
        : parsed.search || parsed.hash
          ? 'must not hold a query'
          : null;
  if (wrong === null) return given.replace(/\/+$/, '');
  context.issues.push({ code: 'custom', message: wrong, input: '' });
  return z.NEVER;
});

/** Paths of PEM files, from the folder of the config file. */
export const tls = z.strictObject({
  ca: z.string().optional(),
  cert: z.string().optional(),
  key: z.string().optional(),
  serverName: z.string().optional(),
  insecure: z.boolean().optional(),
});
export type TlsConfig = z.infer<typeof tls>;
