// The parts of a URL, as ECS names them. The text as MISP has it is kept whatever comes of it.

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const EXTENSION = /\.([A-Za-z0-9]{1,16})$/;

/** Without `original` and `full`. Null: it cannot be taken apart, such as a defanged one. */
export function urlParts(text: string): Record<string, string | number> | null {
  // Many URLs in MISP have no scheme.
  const hasScheme = SCHEME.test(text);
  const url = parsed(hasScheme ? text : `http://${text}`);
  if (!url || !/^(?:https?|ftps?|sftp|wss?|smb|ldaps?|tcp|udp|rtsp|ssh|telnet):$/i.test(url.protocol)) return null;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '' || /[[\]\s]/.test(decoded(host))) return null;
  const parts: Record<string, string | number> = { domain: host };
  if (hasScheme) parts['scheme'] = url.protocol.slice(0, -1);
  if (url.port !== '') parts['port'] = Number(url.port);
  if (url.pathname !== '' && (url.pathname !== '/' || /[^/]\/(?:$|[?#])/.test(text))) parts['path'] = url.pathname;
  if (url.search.length > 1) parts['query'] = url.search.slice(1);
  if (url.hash.length > 1) parts['fragment'] = url.hash.slice(1);
  if (url.username !== '') parts['username'] = decoded(url.username);
  const extension = EXTENSION.exec(url.pathname.slice(url.pathname.lastIndexOf('/') + 1))?.[1];
  if (extension !== undefined) parts['extension'] = extension;
  return parts;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
