// Everything goes to stderr: stdout belongs to the command that is run, which may print one JSON document there.

/** An error whose message is all that the person needs; it is shown without a stack. */
export class Sentence extends Error {}

/** One line for the person. */
export const say = (text) => process.stderr.write(`misp-relay: ${text}\n`);
