// Could we work? Asked without writing anything: an empty request proves the token, since HEC looks at it first.
import { messageOf, RelayError } from '../../errors.ts';
import type { CheckResult } from '../destination.ts';
import type { HecClient } from './client.ts';
import { conclude, saidBy } from './conclusion.ts';
import type { HecOptions } from './options.ts';
import { ackMissing } from './posting.ts';

/** "No data": what HEC says to an empty body, after it has accepted the token. */
const NO_DATA = 5;
const HEALTHY = 17;
const CA = "tls.ca with the PEM file of Splunk's CA";

export async function checkHec(client: HecClient, options: HecOptions, signal: AbortSignal): Promise<CheckResult> {
  const warnings = options.tls?.insecure
    ? [`the certificate of ${client.host} is not checked (tls.insecure): ${CA}`]
    : [];
  try {
    const wrong = (await tokenProblem(client, signal)) ?? (await healthProblem(client, signal));
    if (wrong !== null) return { ok: false, ...wrong, warnings };
    const acks = options.ack === 'off' ? null : await client.givesAcks(signal);
    if (options.ack === 'required' && acks === false) {
      const { code, message } = ackMissing(client.host);
      return { ok: false, code, message, warnings };
    }
    const message = `${client.host} takes the token${acksSaid(options, acks)}; ${indexSaid(options.index)}`;
    return { ok: true, message, warnings };
  } catch (error) {
    const code = error instanceof RelayError ? { code: error.code } : {};
    return { ok: false, ...code, message: messageOf(error), warnings };
  }
}

interface Problem {
  code: string;
  message: string;
}

async function tokenProblem(client: HecClient, signal: AbortSignal): Promise<Problem | null> {
  const { reply } = await client.post({ text: '', bytes: 0 }, client.channels.open(), signal);
  if (reply.code === NO_DATA || (reply.status === 200 && reply.code !== null)) return null;
  const { rest } = conclude(reply, { length: 1, host: client.host, worked: false, index: undefined });
  if ('message' in rest) return { code: rest.code, message: rest.message };
  const message = `${client.host} answers in a way that is not known (${saidBy(reply)}): is this the URL of a HEC?`;
  return { code: 'HEC_UNREADABLE', message };
}

/** Only a HEC that says that it is unwell counts: some that take events know nothing of this path. */
async function healthProblem(client: HecClient, signal: AbortSignal): Promise<Problem | null> {
  const reply = await client.health(signal);
  if (reply.code === null || reply.code === HEALTHY || reply.status !== 503) return null;
  const message = `${client.host} takes the token, but takes nothing now (${saidBy(reply)}): look at its queues`;
  return { code: 'HEC_UNAVAILABLE', message };
}

function acksSaid({ ack }: HecOptions, acks: boolean | null): string {
  if (ack === 'off') return ', acknowledgements are not used (ack: off)';
  return acks === null ? '' : acks ? ', with acknowledgements' : ', without acknowledgements';
}

/** An empty request proves the token and nothing of the index: HEC looks at an index only with an event (splunk-hec T2, T5). */
const indexSaid = (index: string | undefined): string =>
  `whether it may write to ${index === undefined ? "the token's default index" : `the index ${index}`} is seen with the first record (before that, in Splunk: Settings, Data inputs, HTTP Event Collector, the token's allowed indexes)`;

/** The first search to type, and why old attributes may not be found (splunk-hec T12). */
export const hintsOf = ({ index, sourcetype, time }: HecOptions): string[] => [
  `In Splunk, search: index=${index ?? '*'} sourcetype=${sourcetype} earliest=0 latest=+1d | stats count by type`,
  ...(time === 'observed'
    ? []
    : [
        `Events carry the time of MISP (time: ${time}), so the usual "last 24 hours" shows few of them; Splunk deletes what is older than the index's frozenTimePeriodInSecs (six years by default, often 90 days in Splunk Cloud): raise it, or set time: observed.`,
      ]),
];
