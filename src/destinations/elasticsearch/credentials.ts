// What `Authorization` says, read again from its file when it was rejected.
import { messageOf, PermanentError } from '../../errors.ts';
import type { Secret } from '../../options.ts';
import type { ElasticsearchOptions } from './options.ts';

export class Credentials {
  private readonly options: ElasticsearchOptions;
  private header: string | null | undefined;

  constructor(options: ElasticsearchOptions) {
    this.options = options;
  }

  /** Throws PermanentError ELASTICSEARCH_CREDENTIALS_UNREADABLE. */
  headers(): Record<string, string> {
    this.header ??= this.read();
    return this.header === null ? {} : { authorization: this.header };
  }

  /** Whether they are others than those that were used until now. */
  readAgain(): boolean {
    const before = this.header;
    this.header = this.read();
    return this.header !== before;
  }

  private read(): string | null {
    const { apiKey, username, password, bearer } = this.options;
    if (apiKey) {
      const key = revealed(apiKey);
      return `ApiKey ${key.includes(':') ? base64(key) : visible('apiKey', key)}`;
    }
    if (bearer) return `Bearer ${visible('bearer', revealed(bearer))}`;
    if (username === undefined || !password) return null;
    return `Basic ${base64(`${username}:${revealed(password)}`)}`;
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function revealed(from: Secret): string {
  try {
    return from.reveal().trim();
  } catch (error) {
    throw new PermanentError('ELASTICSEARCH_CREDENTIALS_UNREADABLE', messageOf(error), { cause: error });
  }
}

/** What a header can carry. */
function visible(name: string, text: string): string {
  if (/^[\x21-\x7e]+$/.test(text)) return text;
  const message = `${name}: holds a blank, a line break or a letter that no key has: copy it again`;
  throw new PermanentError('ELASTICSEARCH_CREDENTIALS_UNREADABLE', message);
}
