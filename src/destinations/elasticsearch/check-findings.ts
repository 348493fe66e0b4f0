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
