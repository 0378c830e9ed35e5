/** What one validation may cost. Whoever sends a chain chooses how many certificates are in it, so each loop over them is paid for. */
import { problem, type Problem } from '../../../values/problems/problem.js';
import type { Certificate } from '../certificate.js';

/**
 * - signatures: 100, as Go since CVE-2018-16875; cross-signed public chains need fewer than 10. Those of slow keys count for several.
 * - candidates: issuers looked at, by name only. 5,000 is far above what trust stores and chains give.
 * - comparisons: a name against a name constraint; 250,000 as in rustls-webpki: 100 names under a CA of 2,500 subtrees.
 */
const LIMITS = { signatures: 100, candidates: 5_000, comparisons: 250_000 } as const;
export type Expense = keyof typeof LIMITS;

export class Budget {
  readonly #spent: Record<Expense, number> = { signatures: 0, candidates: 0, comparisons: 0 };

  /** PATH_TOO_COSTLY from the first one over the limit on. */
  spend(on: Expense, amount = 1): Problem | undefined {
    this.#spent[on] += amount;
    return this.#spent[on] > LIMITS[on] ? problem('PATH_TOO_COSTLY', { limit: LIMITS[on], unit: on }) : undefined;
  }
}

/** How many of P-256 (a fifth of a millisecond) one check with this key takes; 100 of them are over in some fifty milliseconds, whatever the keys. */
export function costOfSignature({ keyAlgorithm, publicKey }: Certificate): number {
  if (keyAlgorithm === 'ECDSA_P384') return 8;
  if (keyAlgorithm === 'ECDSA_P521') return 20;
  // An RSA key with a long modulus, or a long exponent, which cannot be seen from its kind: both make it long.
  return publicKey.length > LENGTH_OF_RSA_4096 ? 20 : 1;
}
const LENGTH_OF_RSA_4096 = 560;

/** What several validations of one chain share: what they may cost together, and which signatures were checked already. */
export class PathMemory {
  readonly budget = new Budget();
  /** Which issuers' keys signed which certificates: one pair stands in many paths. */
  readonly signers = new Map<Certificate, Map<Certificate, boolean>>();
}
