// Why something could not be installed, as a sentence with its remedy.
import { PermanentError } from '../../../errors.ts';
import type { Answered } from '../client.ts';
import { saidBy } from '../reply.ts';

export class InstallProblem extends PermanentError {}

const REASON_CHARS_MAX = 400;

/** Names of templates and indices may stand in the reason, and nothing else is in what we sent. */
export function refusal(what: string, { status, error, host }: Answered): InstallProblem {
  const reason = error?.reason.slice(0, REASON_CHARS_MAX) ?? '';
  const said = [saidBy(status, error), ...(reason === '' ? [] : [reason])].join(': ');
  return new InstallProblem('ELASTICSEARCH_ASSET_REFUSED', `${what} by ${host} (${said}): ${remedyOf(reason)}`);
}

const remedyOf = (reason: string): string =>
  reason.includes('that have the same priority')
    ? 'another template claims our names with the same priority: change its priority or its patterns'
    : 'change what it names, and run the command again';
