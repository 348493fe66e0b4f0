// The same cases in every run, so that a red gate can be looked into; `FAST_CHECK_SEED=random npm test` looks for new ones.
import fc from 'fast-check';

const SEED = 20_261_125;
const given = process.env['FAST_CHECK_SEED'];

if (given !== 'random') fc.configureGlobal({ seed: given === undefined ? SEED : Number(given) });
