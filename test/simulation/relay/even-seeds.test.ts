// The whole relay under every order of outcomes, faults and commands. The other half of the seeds is in odd-seeds.test.ts.
import { provesSeeds } from './seeds.ts';

provesSeeds(0, 2);
