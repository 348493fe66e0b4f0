// Which server is reached through the proxy that the environment names.
import type { Env } from './references.ts';

/** HTTPS_PROXY is for https, HTTP_PROXY for http; NO_PROXY takes hosts out, and this machine is never reached through a proxy. */
export function proxyOf(env: Env): (url: string) => string | undefined {
  const named = (name: string): string => env[name] || env[name.toLowerCase()] || '';
  const exceptions = named('NO_PROXY')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => entry.toLowerCase());
  return (url) => {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
    if (isThisMachine(host) || exceptions.some((entry) => isExcepted(entry, host, port))) return undefined;
    return named(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') || undefined;
  };
}

const isThisMachine = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || /^127\./.test(host) || host === '::1';

/** `*`, a host, `.example.org` (and the domains below), each with or without a port. */
function isExcepted(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [name = '', only] = entry.split(/:(?=\d+$)/);
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}
