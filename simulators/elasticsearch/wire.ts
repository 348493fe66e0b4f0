// A request as it came over the wire: its path, its bytes, its media type; and a reply that a proxy spoilt.
import { gunzipSync } from 'node:zlib';
import { type SimReply, type SimRequest } from '../http.ts';
import { Refused } from './errors.ts';

export const pathOf = (request: SimRequest): string => {
  const at = request.path.indexOf('?');
  return at < 0 ? request.path : request.path.slice(0, at);
};

/** `undefined`: longer than allowed, before or after decompression. Throws when it is not what it says to be. */
export function decode(request: SimRequest, most: number): string | undefined {
  const { body } = request;
  if (Buffer.byteLength(body) > most) return undefined;
  if (request.headers['content-encoding'] !== 'gzip') return typeof body === 'string' ? body : body.toString('utf8');
  try {
    return gunzipSync(body, { maxOutputLength: most }).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

/** Version 9 of the official client names its own media type, which neither takes (elasticsearch-client). Throws 400; a reply is a 406. */
export function checkMediaType(request: SimRequest, text: string, openSearch: boolean): SimReply | undefined {
  const type = request.headers['content-type'];
  const versioned = [type, request.headers['accept']].find((value) => value?.includes('compatible-with='));
  if (versioned !== undefined && !openSearch && versioned.includes('compatible-with=9')) {
    throw new Refused(400, 'media_type_header_exception', `Invalid media-type value on headers [Accept, Content-Type]`);
  }
  const known =
    /^application\/(x-ndjson|json)\b/.test(type ?? '') ||
    (!openSearch && /^application\/vnd\.elasticsearch\+/.test(type ?? ''));
  if (text === '' || known) return undefined;
  if (type === undefined || type === '') {
    throw new Refused(400, 'media_type_header_exception', 'Invalid media-type value on headers [Content-Type]');
  }
  const error = `Content-Type header [${type}] is not supported`;
  return { status: 406, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ error, status: 406 }) };
}

/** As a proxy that lies: the last item is missing. */
export function withoutLast(reply: SimReply): SimReply {
  if (reply.body === '') return reply; // a refusal without a body
  const body = JSON.parse(reply.body) as { items?: unknown[] };
  body.items?.pop();
  return { ...reply, body: JSON.stringify(body) };
}
