// What a feed's `translate:` block can name in a document.
import type { Vocabulary } from '../shape.ts';
import { FIELDS } from './mapping.ts';

const parents = new Set(
  [...FIELDS.keys()].flatMap((name) => {
    const path = name.split('.');
    return path.slice(1).map((_, n) => path.slice(0, n + 1).join('.'));
  }),
);

/** Names are dotted, at any depth; an object can be named as a whole, and a new name begins at the top. */
export const ecsVocabulary: Vocabulary = {
  what: 'document',
  keys: [...FIELDS.keys(), ...parents],
  identity: ['misp.attribute.uuid', 'misp_relay.feed', 'misp_relay.seq', 'misp_relay.delivery_id'],
  pathOf: (key) => key.split('.'),
  renamed: (_, to) => to.split('.'),
  constant: (key) => key.split('.'),
};
