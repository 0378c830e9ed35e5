/** What one validation may cost. Whoever sends a chain chooses how many certificates are in it, so each loop over them is paid for. */
import { problem, type Problem } from '../../../values/problems/problem.js';

/**
 * - signatures: 100, as Go since CVE-2018-16875; cross-signed public chains need fewer than 10.
 * - candidates: issuers looked at, by name only. 5,000 is far above what trust stores and chains give.
 * - comparisons: a name against a name constraint; 250,000 as in rustls-webpki: 100 names under a CA of 2,500 subtrees.
 */
const LIMITS = { signatures: 100, candidates: 5_000, comparisons: 250_000 } as const;
export type Expense = keyof typeof LIMITS;

export class Budget {
  readonly #spent: Record<Expense, number> = { signatures: 0, candidates: 0, comparisons: 0 };

  /** PATH_TOO_COSTLY from the first one over the limit on. */
  spend(on: Expense): Problem | undefined {
    this.#spent[on] += 1;
    return this.#spent[on] > LIMITS[on] ? problem('PATH_TOO_COSTLY', { limit: LIMITS[on], unit: on }) : undefined;
  }
}
