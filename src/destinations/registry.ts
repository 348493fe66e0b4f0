// Every destination that there is: one line each.
import type { DestinationKind } from './destination.ts';
import { elasticsearch } from './elasticsearch.ts';
import { file } from './file.ts';
import { splunkHec } from './splunk-hec.ts';

export const destinationKinds: readonly DestinationKind[] = [splunkHec, elasticsearch, file];
