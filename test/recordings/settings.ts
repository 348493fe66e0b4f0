// What a recording was made under, as far as its name tells: the MISP's state cannot be read from the request.
import { type Misp } from '../../simulators/misp/misp.ts';
import { mispDefaults, type MispSwitches } from '../../simulators/misp/switches.ts';

/** MISP 2.5.1, with a user who may synchronise. Its database read the primary key unless an index was better. */
const played: MispSwitches = {
  ...mispDefaults,
  version: '2.5.1',
  deleted: 'before 2.4.202',
  emptyBody: 'everything',
  shuffle: false,
};

const switched: [name: RegExp, switches: Partial<MispSwitches>][] = [
  [/^ratelimit_/, { rateLimit: 5 }],
  [/^outage_rate_limit_zero$/, { rateLimit: 0 }],
  [/^outage_notlive_(user|badkey)/, { maintenance: true }],
  [/^outage_mem64M_nolimit$/, { tooManyRows: 1000 }],
  [/_reader(_|$)|_ro_/, { permSync: false }],
];

const faults: [name: RegExp, fault: Parameters<Misp['fail']>[0]][] = [
  [/^outage_(db_down|maxexec1s)/, 'internal error'],
  [/^outage_(php_down|terminate2s)$/, 'bad gateway'],
];

const wrongKey =
  /^(err_bad_key|err_empty_key|outage_notlive_badkey|outage_role_without_perm_auth|outage_disabled_user)/;

/** Puts the simulator in that state; the key to send, if any. */
export function arrange(misp: Misp, name: string, path: string): string | undefined {
  Object.assign(
    misp.switches,
    played,
    ...switched.filter(([names]) => names.test(name)).map(([, switches]) => switches),
  );
  misp.faults.clear();
  for (const [names, fault] of faults) if (names.test(name)) misp.fail(fault, { path, next: 1 });
  if (/^err_no_key/.test(name)) return undefined;
  if (wrongKey.test(name)) return 'wrong';
  return name === 'err_key_ws' ? `  ${misp.key} ` : misp.key;
}
