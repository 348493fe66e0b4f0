// What one activity has made, for the next one on the same worker: it need not be read from the store and unpacked once more. The store
// holds all of it, and is asked whenever something is not here: after a restart, on another worker, in a second attempt.

/** A page that is read ahead, a shipment, and the same of a second feed. */
const KEPT_MAX = 4;

export class HandOver {
  private readonly kept = new Map<string, unknown>();

  /** `ref`: that of the store, which names the content. Nobody changes the value from now on. */
  give(ref: string, value: unknown): void {
    this.kept.set(ref, value);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT_MAX) break;
      this.kept.delete(oldest);
    }
  }

  /** Once: whoever comes again reads the store. */
  take<T>(ref: string): T | undefined {
    const value = this.kept.get(ref) as T | undefined;
    this.kept.delete(ref);
    return value;
  }
}
