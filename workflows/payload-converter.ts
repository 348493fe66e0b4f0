// What a person types must never stop a feed. By default an input that cannot be decoded fails the workflow task for ever;
// this converter answers with a marker instead, and messages.ts turns the marker into a refusal.
// It decodes activity results as well: ports.ts refuses a marker there.
import { defaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';

const REASON_CHARACTERS_MAX = 120;

class TolerantConverter implements PayloadConverter {
  toPayload<T>(value: T): Payload {
    return defaultPayloadConverter.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return defaultPayloadConverter.fromPayload(payload);
    } catch (error) {
      return { undecodable: String(error).slice(0, REASON_CHARACTERS_MAX) } as T;
    }
  }
}

export const payloadConverter = new TolerantConverter();
