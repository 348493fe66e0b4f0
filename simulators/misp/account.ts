// What MISP says about itself and about our user.
import { type MispData } from './data.ts';
import { type MispSwitches } from './switches.ts';

/** The answer of GET /servers/getVersion (misp-live 6). */
export function versionOf({ version, permSync }: MispSwitches): object {
  return {
    version,
    pymisp_recommended_version: version,
    perm_sync: permSync,
    perm_sighting: true,
    perm_galaxy_editor: true,
    perm_analyst_data: true,
    uuid: permSync ? '5f0e5b1a-7d3e-4f56-9f7f-0a0b0c0d0e0f' : '-',
    request_encoding: ['gzip'],
    filter_sightings: true,
  };
}

/** The answer of GET /users/view/me; it shows the key in clear, as the real one may. */
export function userOf(data: MispData, switches: MispSwitches, key: string): object {
  const { permSync, roleLimit, rateLimit, defaultParameters } = switches;
  const home = data.org('ORGNAME');
  return {
    User: {
      id: '2',
      org_id: String(home.id),
      email: 'relay@example.com',
      role_id: '5',
      disabled: false,
      expiration: null,
      authkey: key,
    },
    Role: {
      id: '5',
      name: permSync ? 'Sync user' : 'User',
      perm_sync: permSync,
      perm_site_admin: false,
      perm_auth: true,
      memory_limit: null,
      max_execution_time: null,
      restsearch_limit_result: String(roleLimit),
      enforce_rate_limit: rateLimit !== null,
      rate_limit_count: String(rateLimit ?? 0),
    },
    // An empty PHP array is a list, a full one an object.
    UserSetting: defaultParameters ? { default_restsearch_parameters: defaultParameters } : [],
    Organisation: { id: String(home.id), name: home.name, uuid: home.uuid, local: true },
  };
}
