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

function remedyOf(reason: string): string {
  if (reason.includes('that have the same priority')) {
    return 'another template claims our names with the same priority: change its priority or its patterns';
  }
  if (reason.startsWith('blocked by')) {
    return 'the cluster or the index is read-only: take the block away (cluster.blocks.read_only, index.blocks.*)';
  }
  return 'change what it names, and run the command again';
}
