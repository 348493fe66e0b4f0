// The answers of a HEC that splunk-hec has as measured [M] or read in Splunk's own files [S], with their transcripts.
export interface Answer {
  point: string;
  says: string;
  /** Without `.json`. */
  transcripts?: string[];
  /** Why there is none. */
  none?: string;
}

const notPlayed = 'the relay never asks for it, and the simulator does not play it';

export const answers: readonly Answer[] = [
  { point: 'T1', says: 'the prefix before a bad object is kept: 6', transcripts: ['6-syntax', '6-first'] },
  { point: 'T1', says: 'the same: 12', transcripts: ['12-no-event'] },
  { point: 'T1', says: 'the same: 13', transcripts: ['13-empty'] },
  { point: 'T1', says: 'the same: 15', transcripts: ['15-nested-fields'] },
  { point: 'T2', says: 'code 7 is off by one', transcripts: ['7-not-allowed', '7-alone'] },
  { point: 'T3', says: 'an unknown key ends the request with 200', transcripts: ['0-unknown-key'] },
  { point: 'T3', says: 'as the only object: code 5', transcripts: ['5-unknown-key-alone'] },
  { point: 'T4', says: 'fields without event are skipped with 200', transcripts: ['0-fields-without-event'] },
  { point: 'T5', says: 'a missing index: 200, and nothing is kept', transcripts: ['0-vanished-index'] },
  { point: 'T5', says: 'a missing index on a full indexer: code 7', transcripts: ['7-missing-index'] },
  { point: 'T6', says: 'true exactly once', transcripts: ['ack-true-once'] },
  { point: 'T7', says: 'a 400 with an ackId', transcripts: ['6-with-ack-id'] },
  { point: 'T7', says: 'no ackId when N is 0', transcripts: ['6-without-ack-id'] },
  { point: 'T10', says: '6 MB in one event: code 6 at it', transcripts: ['6-six-megabytes'] },
  { point: 'T10', says: '3 and 5 MB are taken', transcripts: ['0-five-megabytes'] },
  { point: 'T10', says: '5,242,881 bytes are taken', none: 'what exactly is measured there is not known' },
  { point: 'T11', says: 'HTTP/1.0 without a User-Agent', transcripts: ['http-1.0'] },
  { point: '3.1', says: 'health without a token', transcripts: ['17-health'] },
  { point: '3.1', says: 'health ignores a bad token', transcripts: ['17-health-bad-token'] },
  { point: '3.1', says: 'OPTIONS', transcripts: ['options-event', 'options-health'] },
  { point: '3.1', says: 'an unknown path', transcripts: ['404-path'] },
  { point: '3.1', says: 'GET on events', transcripts: ['405-get'] },
  { point: '3.1', says: '413 as HTML', transcripts: ['413-html', '413-two'] },
  { point: '3.1', says: '415 as HTML', transcripts: ['415-deflate'] },
  { point: '3.1', says: '/raw without a channel: 200', none: notPlayed },
  { point: '3.1', says: 'auto_extract_timestamp', none: notPlayed },
  { point: '3.2', says: 'Basic', transcripts: ['0-basic'] },
  { point: '3.2', says: 'Bearer: 3', transcripts: ['3-bearer'] },
  { point: '3.2', says: '?token=, valid: 16', transcripts: ['16-query-token'] },
  { point: '3.2', says: '?token=, invalid: 4, looked at first', transcripts: ['4-query-token'] },
  { point: '3.2', says: '?token= counts more than the header', transcripts: ['4-query-over-header'] },
  { point: '3.3', says: 'a time that is no number: 15', transcripts: ['15-time'] },
  { point: '3.3', says: 'null metadata: a format error', transcripts: ['6-null-host'] },
  {
    point: '3.3',
    says: 'blank, null, {} and []: 13',
    transcripts: ['13-blank', '13-null', '13-empty-object', '13-empty-array'],
  },
  { point: '3.3', says: 'fields that is an array: 6', transcripts: ['6-fields-array'] },
  { point: '3.3', says: 'fields null is taken', transcripts: ['0-null-fields'] },
  { point: '3.3', says: '1,000 fields are taken', transcripts: ['0-many-fields'] },
  { point: '3.3', says: 'a top-level array is taken', transcripts: ['0-array'] },
  { point: '3.3', says: 'elements of an array count as objects', transcripts: ['12-in-array'] },
  { point: '3.3', says: 'the first failing object is told', transcripts: ['13-before-broken-json'] },
  { point: '3.4', says: 'gzip is taken on events', transcripts: ['0-gzip'] },
  { point: '3.4', says: 'gzip is taken on /raw', none: notPlayed },
  { point: '3.4', says: 'a body of 2,000,000 bytes is taken', transcripts: ['0-two-megabytes'] },
  { point: '3.4', says: 'maxMemoryUsagePct: 503', none: 'the text of the answer is not told' },
  { point: '3.5', says: 'a rolling restart: 404', transcripts: ['404-restart'] },
  { point: '3.5', says: 'a rolling restart: 503', none: 'the text of the answer is not told' },
  { point: '3.5', says: 'no cookie of the load balancer: 400', none: 'the text of the answer is not told' },
  {
    point: '3.6',
    says: 'ackId, from 0 for each channel',
    transcripts: ['ack-id', 'ack-id-second', 'ack-id-other-channel'],
  },
  { point: '3.6', says: 'no channel in Cloud: 28', transcripts: ['28-no-channel-cloud'] },
  { point: '3.6', says: 'another channel: false', transcripts: ['ack-wrong-channel'] },
  { point: '3.6', says: 'an id never given: false', transcripts: ['ack-unknown-id'] },
  { point: '3.6', says: 'true after about 1.2 s', transcripts: ['ack-not-yet', 'ack-true'] },
  { point: '3.6', says: 'a channel idle for 600 s is forgotten', transcripts: ['ack-idle-channel'] },
  { point: '3.7', says: '0', transcripts: ['0-success'] },
  { point: '3.7', says: '4', transcripts: ['4-unknown-token'] },
  { point: '3.7', says: '5', transcripts: ['5-empty-body'] },
  { point: '3.7', says: '10', transcripts: ['10-no-channel'] },
  { point: '5', says: 'metrics with numbers as text', none: notPlayed },
];

/** Transcripts of answers that are documented only, and needed beside the measured ones. */
export const documented: readonly string[] = ['2-no-token'];
