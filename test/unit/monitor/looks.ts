// Feeds as the monitor sees them.
import { newState } from '../../../src/core/feed-state.ts';
import type { FeedLook } from '../../../src/monitor/look.ts';

export const NOW = 1_764_000_000;
export const REASON = 'splunk.example.org:8088 rejects the HEC token';

const state = newState(0);

export const look = (mode: FeedLook['mode'], lagSeconds: number | null = 10, feed = 'all'): FeedLook => ({
  feed,
  mode,
  state: { ...state, ...(mode === 'blocked' ? { blocked: { by: 'destination', reason: REASON, at: NOW - 300 } } : {}) },
  lagSeconds,
});
