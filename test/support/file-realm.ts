// Users and roles in the files of an Elasticsearch on this machine.
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILES = ['users', 'users_roles', 'roles.yml'] as const;
const ROUNDS = 1_000;

export class FileRealm {
  private readonly folder: string;
  private readonly before: ReadonlyMap<string, string>;
  private readonly people = new Map<string, { hash: string; role: object }>();

  /** `folder`: `config` of the server. What stands in its files is put back by `close`. */
  constructor(folder: string) {
    this.folder = folder;
    this.before = new Map(FILES.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  }

  /** Known to the server some seconds later. The role has the name of the user. */
  add(name: string, password: string, role: object): void {
    this.people.set(name, { hash: hashOf(password), role });
    this.write();
  }

  close(): void {
    this.people.clear();
    this.write();
  }

  private write(): void {
    const all = [...this.people];
    this.put(
      'users',
      all.map(([name, { hash }]) => `${name}:${hash}\n`),
    );
    this.put(
      'users_roles',
      all.map(([name]) => `${name}:${name}\n`),
    );
    this.put(
      'roles.yml',
      all.map(([name, { role }]) => `${name}: ${JSON.stringify(role)}\n`),
    ); // JSON is YAML
  }

  private put(name: (typeof FILES)[number], lines: readonly string[]): void {
    writeFileSync(join(this.folder, name), `${this.before.get(name)!}\n${lines.join('')}`);
  }
}

/** As Elasticsearch writes it. */
function hashOf(password: string): string {
  const salt = randomBytes(32);
  const hash = pbkdf2Sync(password, salt, ROUNDS, 32, 'sha512');
  return `{PBKDF2}${ROUNDS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
