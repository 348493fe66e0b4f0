// Why a document was refused, without a value of it: Elasticsearch quotes values, so only types, names of fields and limits are kept.
import { type ErrorSaid, TYPE } from './reply.ts';

/** Of a field, as our documents and people's constants have them. */
const FIELD = String.raw`([\w@./-]{1,200})`;
/** Row and column, where the parser stood. */
const AT = String.raw`^(?:\[\d+:\d+\] )?`;

const KNOWN: readonly [pattern: RegExp, words: (...found: string[]) => string][] = [
  [
    new RegExp(String.raw`${AT}failed to parse field \[${FIELD}\] of type \[(\w{1,40})\]`),
    (field, type) => `the value of ${field} is no ${type}`,
  ],
  [
    new RegExp(String.raw`${AT}object mapping for \[${FIELD}\] tried to parse field \[[^\]]*\] as object`),
    (field) => `${field} is mapped as an object, and holds a value`,
  ],
  [
    new RegExp(String.raw`${AT}mapping set to strict, dynamic introduction of \[${FIELD}\] within \[${FIELD}\]`),
    (field, parent) => `the mapping does not know ${parent === '_doc' ? field : `${parent}.${field}`}`,
  ],
  [
    /Limit of total fields \[(\d{1,9})\] has been exceeded/,
    (limit) => `the index may have ${limit} fields, and has them`,
  ],
  [
    new RegExp(String.raw`^Document contains at least one immense term in field="${FIELD}"`),
    (field) => `the value of ${field} is too long for its mapping`,
  ],
  [new RegExp(String.raw`${AT}data stream timestamp field \[@timestamp\]`), () => '@timestamp is missing or no date'],
  [/^Malformed content, must start with an object/, () => 'it is no object'],
];

/** One sentence without an end. */
export function reasonOf(error: ErrorSaid): string {
  const type = TYPE.test(error.type) ? error.type : 'no reason given';
  for (const [pattern, words] of KNOWN) {
    const found = pattern.exec(error.reason);
    if (found) return `Elasticsearch refuses the document: ${words(...found.slice(1))} (${type})`;
  }
  const causes = error.causes.filter((cause) => TYPE.test(cause) && cause !== type);
  return `Elasticsearch refuses the document (${[type, ...causes].join(', ')})`;
}
