// By the type of the destination. A registered kind that is missing here fails the suite.
import { elasticsearchHarnesses } from './elasticsearch.ts';
import { fileHarnesses } from './file.ts';
import type { HarnessKind } from './harness.ts';
import { splunkHecHarnesses } from './splunk-hec.ts';

export const harnesses: Record<string, HarnessKind[]> = {
  'splunk-hec': splunkHecHarnesses,
  elasticsearch: elasticsearchHarnesses,
  file: fileHarnesses,
};
