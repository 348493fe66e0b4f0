// From method and path to a route; what there is no route for is answered as Elasticsearch does.
import { type SimReply } from '../http.ts';
import { illegal, Refused } from './errors.ts';
import { type Answer, type Call, checkParameters, type Flavour, type Route } from './rest.ts';
import { unauthorized } from './privileges.ts';

interface Compiled {
  route: Route;
  parts: string[];
}

export class Router {
  private readonly routes: Compiled[];
  private readonly flavour: Flavour;

  constructor(routes: readonly Route[], flavour: Flavour) {
    this.flavour = flavour;
    this.routes = routes.map((route) => ({ route, parts: route.pattern.split('/').slice(1) }));
  }

  /** Throws Refused; a SimReply is for what is no JSON error object. */
  answer(call: Call): Answer | SimReply {
    const parts = call.path.split('/').slice(1).map(decoded);
    const methods = new Set<string>();
    for (const { route, parts: pattern } of this.routes) {
      const at = match(pattern, parts);
      if (at === undefined) continue;
      if (route.without?.includes(this.flavour)) {
        if (this.flavour === 'serverless') throw notServerless(call);
        continue;
      }
      if (!route.methods.includes(call.method) && !(call.method === 'HEAD' && route.methods.includes('GET'))) {
        for (const method of route.methods) methods.add(method);
        continue;
      }
      call.at = at;
      checkParameters(call, route.parameters ?? []);
      const { privileges } = call.cluster.switches;
      if (route.guard && privileges !== null && !route.guard.privileges.some((one) => privileges.includes(one))) {
        throw unauthorized(route.guard, at['index'] ?? '');
      }
      return route.handle(call);
    }
    return nothing(call, methods, parts.length);
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw illegal(`partial or wrong escape sequence in path: [${part}]`);
  }
}

function match(pattern: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined;
  const at: Record<string, string> = {};
  for (const [i, part] of pattern.entries()) {
    const given = parts[i]!;
    if (!part.startsWith(':')) {
      if (part !== given) return undefined;
    } else if (given === '' || (part === ':index' && given.startsWith('_') && given !== '_all')) return undefined;
    else at[part.slice(1)] = given;
  }
  return at;
}

function nothing(call: Call, methods: ReadonlySet<string>, length: number): SimReply {
  // `/_x/y` looks like an index and an id to the real one.
  const allowed = methods.size > 0 ? [...methods].sort() : length === 2 && call.method !== 'POST' ? ['POST'] : [];
  if (allowed.length === 0) {
    const error = `no handler found for uri [${call.request.path}] and method [${call.method}]`;
    return { status: 400, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ error }) };
  }
  const error = `Incorrect HTTP method for uri [${call.request.path}] and method [${call.method}], allowed: [${allowed.join(', ')}]`;
  return {
    status: 405,
    headers: { 'Content-Type': 'application/json', Allow: allowed.join(',') },
    body: JSON.stringify({ error, status: 405 }),
  };
}

const notServerless = ({ request, method }: Call): Refused =>
  new Refused(
    410,
    'api_not_available_exception',
    `Request for uri [${request.path}] with method [${method}] exists but is not available when running in serverless mode`,
  );
