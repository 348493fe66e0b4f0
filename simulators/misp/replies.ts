import { type SimReply } from '../http.ts';

export const jsonReply = (status: number, body: unknown, headers: Record<string, string> = {}): SimReply => ({
  status,
  headers: { 'Content-Type': 'application/json; charset=UTF-8', ...headers },
  body: JSON.stringify(body),
});

/** MISP's error body. */
export const jsonError = (
  status: number,
  message: string,
  url: string,
  headers: Record<string, string> = {},
): SimReply => jsonReply(status, { name: message, message, url }, headers);

export const internalError = (url: string): SimReply => jsonError(500, 'An Internal Error Has Occurred.', url);

/** What a proxy in front of MISP says. */
export const proxyError = (status: number, title: string): SimReply => ({
  ...htmlReply(status, `<center><h1>${status} ${title}</h1></center>`),
  headers: { 'Content-Type': 'text/html' },
});

export const htmlReply = (status: number, content: string): SimReply => ({
  status,
  headers: { 'Content-Type': 'text/html; charset=UTF-8' },
  body: `<html>\r\n<head><title>MISP</title></head>\r\n<body>\r\n${content}\r\n</body>\r\n</html>\r\n`,
});

export const authMessage =
  'Authentication failed. Please make sure you pass the API key of an API enabled user along in the Authorization header.';
