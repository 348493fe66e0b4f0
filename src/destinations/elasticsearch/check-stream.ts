// What mode `data_stream` writes to: a stream that is there, or the template that the first document makes it from.
import { missing } from './blocks.ts';
import type { Asked, Findings } from './check-findings.ts';
import { means } from './names.ts';

interface IndexTemplate {
  name: string;
  index_template?: { index_patterns?: string | string[]; priority?: number; data_stream?: unknown };
}

export async function streamFindings({ client, target, signal }: Asked): Promise<Findings> {
  const reply = await client.get('/_index_template', signal);
  const templates = reply.status === 200 ? reply.json?.['index_templates'] : undefined;
  // Who may not look cannot say.
  if (!Array.isArray(templates)) return { problem: null, warnings: [] };
  const without = target.names.filter((name) => !isOurs(winner(templates as IndexTemplate[], name)));
  if (without.length === 0) return { problem: null, warnings: [] };
  return { problem: missing(reply.host, { ...target, names: without }), warnings: [] };
}

/** Elasticsearch takes the one with the highest priority. */
function winner(templates: readonly IndexTemplate[], name: string): IndexTemplate | undefined {
  const fits = ({ index_template: template }: IndexTemplate): boolean =>
    [template?.index_patterns ?? []].flat().some((pattern) => means(pattern, name));
  const priority = ({ index_template: template }: IndexTemplate): number => template?.priority ?? 0;
  return templates.filter(fits).sort((a, b) => priority(b) - priority(a))[0];
}

/** The built-in template for all logs, `logs`, knows none of our fields. */
const isOurs = (template: IndexTemplate | undefined): boolean =>
  template?.index_template?.data_stream !== undefined && template.name !== 'logs';
