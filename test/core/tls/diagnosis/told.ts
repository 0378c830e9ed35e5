import { expect } from 'vitest';
import { tell } from '../../../../src/cores/tls/diagnosis/catalogue.js';
import { diagnose } from '../../../../src/cores/tls/diagnosis/diagnose.js';
import type { Diagnosis, Evidence } from '../../../../src/cores/tls/diagnosis/diagnosis.js';

/** What is diagnosed; each diagnosis has to have whole sentences. */
export function diagnosed(evidence: Evidence): readonly Diagnosis[] {
  const found = diagnose(evidence);
  for (const diagnosis of found)
    for (const text of Object.values(tell(diagnosis))) expect(text, `${diagnosis.cause}: a fact is missing`).not.toMatch(/[{}?]|undefined/);
  return found;
}
