// What the parts of a check are asked, and what they find.
import type { Block, Target } from './blocks.ts';
import type { ElasticsearchClient } from './client.ts';
import type { ElasticsearchOptions } from './options.ts';

export interface Asked {
  client: ElasticsearchClient;
  options: ElasticsearchOptions;
  target: Target;
  signal: AbortSignal;
}

export type Problem = Pick<Block, 'code' | 'message'>;

export interface Findings {
  problem: Problem | null;
  warnings: string[];
}

/** What is not there yet is no problem when `up` makes it. */
export const notInstalled = ({ options }: Asked, problem: Problem): Findings =>
  options.install === 'manual'
    ? { problem, warnings: [] }
    : { problem: null, warnings: [`${problem.message}, and so does misp-relay up (install: auto)`] };
