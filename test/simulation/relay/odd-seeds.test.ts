// The whole relay under every order of outcomes, faults and commands. The other half of the seeds is in even-seeds.test.ts.
import { provesSeeds } from './seeds.ts';

provesSeeds(1, 2);
