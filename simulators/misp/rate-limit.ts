/** A fixed window for the one user, begun by its first request; rejected requests do not count (misp-api 8). */
export class RateLimit {
  private begun = -Infinity;
  private used = 0;

  take(now: number, limit: number, window: number): { allowed: boolean; headers: Record<string, string> } {
    if (now >= this.begun + window) {
      this.begun = now;
      this.used = 0;
    }
    const allowed = this.used < limit;
    if (allowed) this.used++;
    return { allowed, headers: RateLimit.headers(limit, Math.max(0, limit - this.used), this.begun + window - now) };
  }

  /** There is no Retry-After. */
  static headers(limit: number, remaining: number, reset: number): Record<string, string> {
    return {
      'X-Rate-Limit-Limit': String(limit),
      'X-Rate-Limit-Remaining': String(remaining),
      'X-Rate-Limit-Reset': String(reset),
    };
  }
}
