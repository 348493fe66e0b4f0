import { describe, expect, it } from 'vitest';
import { proxyOf } from '../../../src/config/proxy.ts';

const PROXY = 'http://proxy.example.org:3128';

describe('the proxy of the environment', () => {
  it.each([
    ['https through HTTPS_PROXY', { HTTPS_PROXY: PROXY }, 'https://misp.example.org', PROXY],
    ['https through https_proxy', { https_proxy: PROXY }, 'https://misp.example.org', PROXY],
    ['http not through HTTPS_PROXY', { HTTPS_PROXY: PROXY }, 'http://misp.example.org', undefined],
    ['http through HTTP_PROXY', { HTTP_PROXY: PROXY }, 'http://misp.example.org', PROXY],
    ['no proxy', {}, 'https://misp.example.org', undefined],
    ['this machine', { HTTPS_PROXY: PROXY }, 'https://127.0.0.1:8088', undefined],
    ['localhost', { HTTPS_PROXY: PROXY }, 'https://localhost:8088', undefined],
    ['this machine by IPv6', { HTTPS_PROXY: PROXY }, 'https://[::1]:8088', undefined],
    [
      'an exception',
      { HTTPS_PROXY: PROXY, NO_PROXY: 'a.example,misp.example.org' },
      'https://misp.example.org',
      undefined,
    ],
    [
      'an exception in lower case',
      { HTTPS_PROXY: PROXY, no_proxy: 'misp.example.org' },
      'https://MISP.example.org',
      undefined,
    ],
    ['a domain', { HTTPS_PROXY: PROXY, NO_PROXY: '.example.org' }, 'https://misp.example.org', undefined],
    ['not the end of a word', { HTTPS_PROXY: PROXY, NO_PROXY: 'example.org' }, 'https://notexample.org', PROXY],
    ['a port', { HTTPS_PROXY: PROXY, NO_PROXY: 'misp.example.org:8443' }, 'https://misp.example.org:8443', undefined],
    ['another port', { HTTPS_PROXY: PROXY, NO_PROXY: 'misp.example.org:8443' }, 'https://misp.example.org', PROXY],
    ['everything', { HTTPS_PROXY: PROXY, NO_PROXY: '*' }, 'https://misp.example.org', undefined],
  ] as const)('%s', (_, env, url, expected) => {
    expect(proxyOf(env)(url)).toBe(expected);
  });
});
