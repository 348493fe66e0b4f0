// Every destination that there is: one line each.
import type { DestinationKind } from './destination.ts';

export const destinationKinds: readonly DestinationKind<never>[] = [];
