/** What was fetched and found genuine, by URL, until it is out of date; the oldest go where there is no more room. */
import type { Instant } from '../../values/instant.js';

type Kept<T> = { readonly value: T; readonly bytes: number; readonly until: Instant };

export class VerifiedCache<T> {
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(private readonly maxBytes: number) {}

  find(url: string, now: Instant): T | undefined {
    const kept = this.#kept.get(url);
    if (kept && now <= kept.until) return kept.value;
    this.#forget(url);
    return undefined;
  }

  keep(url: string, kept: Kept<T>): void {
    this.#forget(url);
    this.#kept.set(url, kept);
    this.#bytes += kept.bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.maxBytes) return;
      this.#forget(oldest);
    }
  }

  #forget(url: string): void {
    this.#bytes -= this.#kept.get(url)?.bytes ?? 0;
    this.#kept.delete(url);
  }
}
