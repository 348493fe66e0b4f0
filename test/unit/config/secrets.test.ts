// Secrets: read when they are needed, never shown.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Console } from 'node:console';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadConfig, type RelayConfig } from '../../../src/config.ts';
import { ConfigError } from '../../../src/errors.ts';
import type { Secret } from '../../../src/options.ts';
import { BASE, folderWith, load, refusal } from './config-file.ts';

const HOOK = 'https://hooks.example.org/hook-of-the-test';
const VALUES = ['misp-key-of-the-test', 'hec-token-of-the-test', 'cloud-key-of-the-test', HOOK];
const YAML = `${BASE}temporal: { address: "cloud:7233", apiKey: "\${CLOUD_KEY}" }\nalerts: { webhook: "${HOOK}" }\n`;
const ENV = { CLOUD_KEY: 'cloud-key-of-the-test' };

function printed(config: RelayConfig): string {
  let text = '';
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const console = new Console({ stdout, inspectOptions: { depth: Infinity, showHidden: true } });
  console.log(config);
  console.dir(config, { depth: null, showHidden: true });
  return text;
}

describe('a loaded config shows no secret', () => {
  const config = load(YAML, ENV);
  const token = (config.destinations['splunk']!.options as { token: Secret }).token;
  const held = [config.sources['main']!.apiKey, token, config.temporal!.apiKey!, config.alerts.webhook!];

  it('holds them', () => {
    expect(held.map((secret) => secret.reveal())).toEqual(VALUES);
  });

  it.each<[string, (given: RelayConfig) => string]>([
    ['JSON.stringify', (given) => JSON.stringify(given)],
    ['inspect', (given) => inspect(given, { depth: null, showHidden: true })],
    ['console', printed],
    ['a template', () => held.map((secret) => `${secret.toString()} ${String(secret)}`).join()],
    ['its own keys', () => held.map((secret) => [Reflect.ownKeys(secret), Object.entries(secret)].join()).join()],
    ['a structured clone', (given) => JSON.stringify(structuredClone(JSON.parse(JSON.stringify(given))))],
  ])('by %s', (_, show) => {
    const text = show(config);
    for (const value of VALUES) expect(text).not.toContain(value);
  });
});

describe('a secret in a file', () => {
  const yaml = (path: string): string => BASE.replace('misp-key-of-the-test', `file:${path}`);

  it('is read each time it is needed', () => {
    const cwd = folderWith({ 'relay.yaml': yaml('key'), key: 'first\n' });
    const { apiKey } = loadConfig({ env: {}, cwd }).sources['main']!;
    expect(apiKey.reveal()).toBe('first');
    writeFileSync(join(cwd, 'key'), 'second');
    expect(apiKey.reveal()).toBe('second');
  });

  it('lies beside the config, wherever the command was started', () => {
    const folder = folderWith({ 'relay.yaml': yaml('./key'), key: 'beside' });
    const config = loadConfig({ path: join(folder, 'relay.yaml'), env: {}, cwd: folderWith() });
    expect(config.sources['main']!.apiKey.reveal()).toBe('beside');
  });

  it('may be named by a variable', () => {
    const cwd = folderWith({ 'relay.yaml': yaml('${KEY_FILE}'), key: 'named' });
    const config = loadConfig({ env: { KEY_FILE: join(cwd, 'key') }, cwd });
    expect(config.sources['main']!.apiKey.reveal()).toBe('named');
  });

  it('that is not there is found at start, with its line', () => {
    const cwd = folderWith({ 'relay.yaml': yaml('/no/such/key') });
    expect(refusal(() => loadConfig({ env: {}, cwd }))).toEqual([
      'relay.yaml:5: sources.main.apiKey: the secret file /no/such/key is not there: mind the path',
    ]);
  });

  it('in the block of a destination is found there', () => {
    const cwd = folderWith({ 'relay.yaml': BASE.replace('hec-token-of-the-test', '"file:/no/such/token"') });
    expect(refusal(() => loadConfig({ env: {}, cwd }))).toEqual([
      'relay.yaml:7: destinations.splunk.token: the secret file /no/such/token is not there: mind the path',
    ]);
  });

  it('that goes away later fails when it is used, without naming its content', () => {
    const cwd = folderWith({ 'relay.yaml': yaml('key'), key: 'there' });
    const { apiKey } = loadConfig({ env: {}, cwd }).sources['main']!;
    rmSync(join(cwd, 'key'));
    expect(() => apiKey.reveal()).toThrow(ConfigError);
    expect(() => apiKey.reveal()).toThrow(/^the secret file .*key cannot be read: mind the path and who may read it$/);
  });
});
