// Asks the simulator what was asked of the real MISP, in the state that the real one was in.
import { Misp } from '../../simulators/misp/misp.ts';
import { differences } from './compare.ts';
import { isJson, requestOf, type Recording } from './recording.ts';
import { arrange } from './settings.ts';
import { type World } from './world.ts';

export interface Replayed {
  recording: Recording;
  /** Number of the state that it met, counted from 0. */
  state: number;
  differences: string[];
}

/** In the order in which they were made; a state of the MISP is built once, and lasts until the next change. */
export function replay(recordings: readonly Recording[], world: World): Replayed[] {
  let now = 0;
  let state = -1;
  let misp = new Misp();
  let until = -Infinity;
  let hiddenEvents = 0;
  return recordings.map((recording): Replayed => {
    const { at, name, request } = recording;
    now = at;
    if (at >= until) {
      state++;
      until = world.changes.find((time) => time > at) ?? Infinity;
      misp = new Misp({ data: world.dataAt(at, () => now) });
      hiddenEvents = world.hiddenEvents(at);
    }
    const key = arrange(misp, name, request.path);
    const reply = misp.handle(requestOf(recording, key));
    const unlimited = (): ReturnType<Misp['handle']> => {
      const { body } = request;
      const { limit: _l, page: _p, ...rest } = isJson(body) ? body : {};
      // Never empty, which would be another request.
      const asked = isJson(body) ? { returnFormat: 'json', ...rest } : body;
      misp.switches.rateLimit = null;
      return misp.handle(requestOf({ ...recording, request: { ...request, body: asked } }, key));
    };
    const setting = { switches: misp.switches, hiddenEvents, unlimited };
    return { recording, state, differences: differences(recording, reply, setting) };
  });
}
