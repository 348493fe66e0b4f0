// Could we work? Asked without writing anything: who answers, whether it knows us, what we may do, and what is there to write to.
import { messageOf, RelayError } from '../../errors.ts';
import type { CheckResult } from '../destination.ts';
import { PRIVILEGES } from './blocks.ts';
import type { Asked, Problem } from './check-findings.ts';
import { ageWarnings } from './check-age.ts';
import { indexFindings } from './check-index.ts';
import { streamFindings } from './check-stream.ts';
import type { Answered } from './client.ts';
import { productOf } from './product.ts';

export async function checkElasticsearch(asked: Asked): Promise<CheckResult> {
  const { client, options, target } = asked;
  const warnings = options.tls?.insecure
    ? [`the certificate of ${client.host} is not checked (tls.insecure): set tls.ca, or caFingerprint`]
    : [];
  try {
    const product = await productOf(asked);
    if ('code' in product) return { ok: false, ...product, warnings };
    const found = options.mode === 'index' ? await indexFindings(asked) : await streamFindings(asked);
    warnings.push(...found.warnings);
    if (!found.problem) warnings.push(...(await ageWarnings(asked)));
    const problem = (await privilegeProblem(asked)) ?? found.problem;
    if (problem) return { ok: false, code: problem.code, message: problem.message, warnings };
    const message = `${client.host} is ${product.name} and takes our credentials; documents go to ${target.names.join(' and ')}`;
    return { ok: true, message, warnings };
  } catch (error) {
    const code = error instanceof RelayError ? { code: error.code } : {};
    return { ok: false, ...code, message: messageOf(error), warnings };
  }
}

/** Without security nobody can say, and nothing is forbidden. */
async function privilegeProblem({ client, target, signal }: Asked): Promise<Problem | null> {
  const privileges = PRIVILEGES[target.mode];
  const question = { index: [{ names: target.names, privileges }] };
  const reply = await client.ask('/_security/user/_has_privileges', question, signal);
  if (reply.status !== 200 || reply.json?.['has_all_requested'] !== false) return null;
  const lacking = privileges.filter((each) => target.names.some((name) => !granted(reply, name, each)));
  const message = `${reply.host} takes our credentials, but they lack the index privileges ${lacking.join(', ')} on ${target.names.join(', ')}: give them to the key or its role`;
  return { code: 'ELASTICSEARCH_FORBIDDEN', message };
}

function granted({ json }: Answered, name: string, privilege: string): boolean {
  const index = json?.['index'] as Record<string, Record<string, unknown>> | undefined;
  return index?.[name]?.[privilege] === true;
}
