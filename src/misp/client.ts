// MISP over HTTP: searches whose answers are proved whole, and the few other calls that we need.
import { type z } from 'zod';
import { PermanentError, RetryableError } from '../errors.ts';
import type { Http, HttpResponse } from '../http.ts';
import { errorOf, pageMayBeUnreadable } from './answer-errors.ts';
import { meAnswer, versionAnswer } from './schema.ts';
import { deletedForms, refuseTooOld } from './version.ts';
import type { DeletedForm } from './reader.ts';

export interface MispAnswer {
  /** `response.Attribute` as it came. */
  rows: unknown[];
  /** X-Result-Count (not a total: misp-api 3.3) and X-Skipped-Elements-Count. */
  resultCount: number;
  skipped: number;
  /** The `Date` header in epoch seconds, or null. */
  date: number | null;
  /** Our clock in epoch seconds when the request was sent. */
  askedAt: number;
  /** As it came. */
  body: Buffer;
}

export interface MispVersion {
  version: string;
  deletedForms: DeletedForm[];
}

export interface MispUser {
  role: string;
  organisation: string;
  siteAdmin: boolean;
  permSync: boolean;
  /** The most rows that one search may return; 0: not limited by the role. */
  searchLimit: number;
  /** Searches allowed in 15 minutes; null: not limited. */
  rateLimit: number | null;
  /** The user setting `default_restsearch_parameters` is set: it filters every search without a word. */
  hiddenFilter: boolean;
}

export interface MispClientOptions {
  /** Asked again when MISP rejects the key: a key can be rotated without a restart. */
  apiKey: () => string | Promise<string>;
  /** A longer page fails with HTTP_TOO_LARGE and is asked for in halves. */
  pageBytesMax?: number;
  /** Epoch seconds. */
  now?: () => number;
}

const PAGE_BYTES_MAX = 128 * 1024 * 1024;
const EVENT_SEARCH = '/events/restSearch';
const SEARCH = '/attributes/restSearch';
/** Searches of at most one row: if one of them works, MISP is alive. The last finds none, should both ends be unreadable. */
const PROBES: Record<string, unknown>[] = [
  { order: 'Attribute.id asc', limit: 1, page: 1 },
  { order: 'Attribute.id desc', limit: 1, page: 1 },
  { order: 'Attribute.id asc', limit: 1, page: 1, timestamp: [1, 1] },
];

export class MispClient {
  readonly http: Http;
  private readonly options: MispClientOptions;
  private key: string | null = null;
  constructor(http: Http, options: MispClientOptions) {
    this.http = http;
    this.options = options;
  }

  /**
   * POST /attributes/restSearch. The answer is whole: status 200, JSON type, complete body, strict parse, a list in the right place,
   * and the count by which the end of a walk is proved (misp-api rules 23, 24). Throws RelayErrors with the codes of docs/errors.md.
   */
  async restSearch(body: Record<string, unknown>, signal?: AbortSignal): Promise<MispAnswer> {
    const askedAt = this.options.now?.() ?? Math.floor(Date.now() / 1000);
    const response = await this.call('POST', SEARCH, { returnFormat: 'json', ...body }, signal);
    const rows = listOf(this.json(response));
    if (rows === null) throw this.badJson('no list of attributes is where it belongs');
    const { headers } = response;
    const resultCount = countOf(headers['x-result-count']);
    if (resultCount === null) {
      const hint = 'let X-Result-Count and X-Skipped-Elements-Count pass through the proxy in front of it';
      throw new PermanentError('MISP_NO_COUNT', `${this.http.host} does not say where a page ends: ${hint}.`);
    }
    const skipped = countOf(headers['x-skipped-elements-count']) ?? 0;
    if (skipped > 0) throw hidesRows(this.http.host);
    const date = typeof headers['date'] === 'string' ? Date.parse(headers['date']) / 1000 : NaN;
    return {
      rows,
      resultCount,
      skipped,
      date: Number.isFinite(date) ? date : null,
      askedAt,
      body: response.body,
    };
  }

  /**
   * POST /events/restSearch: whole events, in no order that could be relied upon. Complete by the same signs. Throws RelayErrors with the
   * codes of docs/errors.md.
   */
  async eventSearch(
    body: Record<string, unknown>,
    signal?: AbortSignal,
  ): Promise<{ rows: unknown[]; resultCount: number }> {
    const response = await this.call('POST', EVENT_SEARCH, { returnFormat: 'json', ...body }, signal);
    const { response: rows } = this.json(response) as { response?: unknown };
    if (!Array.isArray(rows)) throw this.badJson('no list of events is where it belongs');
    return { rows, resultCount: countOf(response.headers['x-result-count']) ?? rows.length };
  }

  /** Whether a small search works right now. Throws only what is no matter of the page, such as a rejected key. */
  async probe(signal?: AbortSignal): Promise<boolean> {
    for (const body of PROBES) {
      try {
        await this.restSearch(body, signal);
        return true;
      } catch (error) {
        if (signal?.aborted || !(error instanceof RetryableError)) throw error;
        if (!pageMayBeUnreadable(error)) return false;
      }
    }
    return false;
  }

  /** The body of a search in another format, such as csv. */
  async searchText(body: Record<string, unknown>, signal?: AbortSignal): Promise<string> {
    return (await this.call('POST', SEARCH, body, signal)).body.toString('utf8');
  }

  /** Throws MISP_TOO_OLD below 2.4.198. */
  async version(signal?: AbortSignal): Promise<MispVersion> {
    const { version } = this.checked(versionAnswer, await this.call('GET', '/servers/getVersion', undefined, signal));
    refuseTooOld(version, this.http.host);
    return { version, deletedForms: deletedForms(version) };
  }

  async me(signal?: AbortSignal): Promise<MispUser> {
    const me = this.checked(meAnswer, await this.call('GET', '/users/view/me', undefined, signal));
    const role = me.Role;
    return {
      role: role.name,
      organisation: me.Organisation?.name ?? '',
      siteAdmin: role.perm_site_admin,
      permSync: role.perm_sync,
      searchLimit: role.restsearch_limit_result,
      rateLimit: role.enforce_rate_limit ? role.rate_limit_count : null,
      hiddenFilter: JSON.stringify(me.UserSetting ?? {}).includes('"default_restsearch_parameters"'),
    };
  }

  /**
   * A user setting can filter every search without a trace in its answer. Throws MISP_HIDES_ROWS. A MISP that does not tell about its
   * user is let through.
   */
  async refuseHiddenFilter(signal?: AbortSignal): Promise<void> {
    const me = await this.me(signal).catch(() => null);
    if (me?.hiddenFilter) throw hidesRows(this.http.host);
  }

  private async call(
    method: 'GET' | 'POST',
    path: string,
    body: Record<string, unknown> | undefined,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const key = (this.key ??= await this.freshKey());
    let response = await this.send(method, path, body, key, signal);
    if (response.status === 401 || response.status === 403) {
      const fresh = await this.freshKey();
      if (fresh !== key) response = await this.send(method, path, body, (this.key = fresh), signal);
    }
    if (response.status !== 200) throw errorOf(response, this.http.host, this.key);
    return response;
  }

  private send(
    method: 'GET' | 'POST',
    path: string,
    body: Record<string, unknown> | undefined,
    key: string,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return this.http.request({
      method,
      path,
      // Without the content type MISP ignores every parameter and returns the whole database (misp-api 2.1).
      headers: { Authorization: key, Accept: 'application/json', 'Content-Type': 'application/json' },
      bodyBytesMax: this.options.pageBytesMax ?? PAGE_BYTES_MAX,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  private async freshKey(): Promise<string> {
    const key = (await this.options.apiKey()).trim();
    if (/^[\x21-\x7e]+$/.test(key)) return key;
    const hint = 'it must be 40 letters and digits';
    throw new PermanentError('MISP_KEY_REJECTED', `The MISP key for ${this.http.host} is empty or garbled: ${hint}.`);
  }

  private json(response: HttpResponse): unknown {
    const { host } = this.http;
    if (!/\bjson\b/i.test(String(response.headers['content-type'] ?? ''))) {
      const hint = 'is this the URL of a MISP, and does no login page or proxy answer in its place?';
      throw new RetryableError('MISP_NOT_JSON', `${host} answered with something that is not JSON: ${hint}`);
    }
    try {
      return jsonOf(response.body);
    } catch {
      throw this.badJson('it cannot be parsed');
    }
  }

  private checked<Schema extends z.ZodType>(schema: Schema, response: HttpResponse): z.output<Schema> {
    const parsed = schema.safeParse(this.json(response));
    if (!parsed.success) throw this.badJson(`${parsed.error.issues[0]?.path.join('.') ?? 'it'} is not as expected`);
    return parsed.data;
  }

  private badJson(what: string): RetryableError {
    const hint = 'the answer may have been cut, or a value in it cannot be encoded';
    return new RetryableError('MISP_BAD_JSON', `The JSON from ${this.http.host} is broken, ${what}: ${hint}.`);
  }
}

/** We never ask MISP to leave rows out of a page, so somebody else does: blocking is better than losing them. */
const hidesRows = (host: string): PermanentError =>
  new PermanentError(
    'MISP_HIDES_ROWS',
    `${host} leaves out rows that were not asked to be left out: remove the user setting default_restsearch_parameters of this key's user.`,
  );

/** Throws when the text is cut, or no UTF-8. */
const jsonOf = (body: Uint8Array): unknown => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));

/** The rows of a body that was whole. */
export const attributesIn = (body: Uint8Array): unknown[] => listOf(jsonOf(body)) ?? [];

function listOf(json: unknown): unknown[] | null {
  if (typeof json !== 'object' || json === null) return null;
  const response = (json as { response?: unknown }).response;
  if (typeof response !== 'object' || response === null) return null;
  const list = (response as { Attribute?: unknown }).Attribute;
  return Array.isArray(list) ? list : null;
}

const countOf = (header: string | string[] | undefined): number | null =>
  typeof header === 'string' && /^\d+$/.test(header.trim()) ? Number(header) : null;
