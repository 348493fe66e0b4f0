// Who asks: Basic, ApiKey or Bearer, and the 401s of 8.19.
import { type SimRequest } from '../http.ts';
import { Refused } from './errors.ts';
import { type ElasticsearchSwitches } from './switches.ts';

export interface Credentials {
  username: string;
  password: string;
  /** `id:key`, sent in base64. */
  apiKey: string;
  bearer: string;
}

export const defaultCredentials: Credentials = {
  username: 'relay',
  password: 'changeme1',
  apiKey: 'simulated-id:simulated-key',
  bearer: 'simulated-token',
};

/** The value of `Authorization: ApiKey`. */
export const encodedKey = ({ apiKey }: Credentials): string => Buffer.from(apiKey).toString('base64');

const challenge = ['Basic realm="security", charset="UTF-8"', 'ApiKey'];

/** What a 401 carries as `WWW-Authenticate`. */
export const challengeHeader = challenge.join(', ');

/** Throws 401. */
export function authenticate(request: SimRequest, credentials: Credentials, switches: ElasticsearchSwitches): void {
  if (switches.auth === 'none' && switches.credentials === 'valid') return;
  const header = request.headers['authorization'];
  const uri = request.path.split('?')[0]!;
  if (header === undefined) throw denied(`missing authentication credentials for REST request [${uri}]`);
  const space = header.indexOf(' ');
  const [scheme, value] = [header.slice(0, space).toLowerCase(), header.slice(space + 1)];
  const valid = switches.credentials === 'valid';
  const unknown =
    'unable to authenticate with provided credentials and anonymous access is not allowed for this request';
  if (scheme === 'basic') {
    const given = Buffer.from(value, 'base64').toString();
    if (valid && given === `${credentials.username}:${credentials.password}`) return;
    throw denied(`unable to authenticate user [${given.split(':')[0]}] for REST request [${uri}]`);
  }
  if (scheme === 'apikey') {
    if (valid && value === encodedKey(credentials)) return;
    const [id, key] = Buffer.from(value, 'base64').toString().split(':');
    throw denied(
      unknown,
      key === undefined
        ? 'API key: invalid ApiKey value'
        : `API key: apikey authentication for id ${id} encountered a failure`,
    );
  }
  if (scheme === 'bearer') {
    if (valid && value === credentials.bearer) return;
    throw denied(unknown, 'oauth2 token: invalid token');
  }
  throw denied(`missing authentication credentials for REST request [${uri}]`);
}

const denied = (reason: string, additional?: string): Refused =>
  new Refused(401, 'security_exception', reason, {
    ...(additional === undefined ? {} : { additional_unsuccessful_credentials: additional }),
    header: { 'WWW-Authenticate': challenge },
  });

export const authKindOf = (request: SimRequest): 'api_key' | 'token' | 'realm' => {
  const scheme = request.headers['authorization']?.split(' ')[0]?.toLowerCase();
  return scheme === 'apikey' ? 'api_key' : scheme === 'bearer' ? 'token' : 'realm';
};
