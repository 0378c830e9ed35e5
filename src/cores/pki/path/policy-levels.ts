/**
 * Certificate policies along a path (RFC 5280 6.1.3 d to f, 6.1.4 a, b, h to j, 6.1.5 a, b, g), for a client that accepts any policy: then all
 * that can fail is that a policy was demanded and none is left. For that, the policies expected at one depth are enough, and the tree of the
 * RFC, which grows exponentially, is not (RFC 9618 keeps a graph for clients that ask which).
 */
import type { Problem } from '../../../values/problems/problem.js';
import { ANY_POLICY } from '../encoding/policy-extensions.js';
import type { Certificate } from '../certificate.js';
import { isSelfIssued, violated } from './checks.js';

/** What may be expected of the next certificate; the three counters say after how many certificates a rule holds. */
type Level = {
  readonly policies: ReadonlySet<string>;
  readonly explicitPolicy: number;
  readonly policyMapping: number;
  readonly anyPolicy: number;
};

/** `chain`: leaf first, root last; the root is trusted for any policy. */
export function policyFailure(chain: readonly Certificate[]): Problem | undefined {
  const below = chain.slice(0, -1).reverse();
  const counters = { explicitPolicy: chain.length, policyMapping: chain.length, anyPolicy: chain.length };
  let level: Level = { policies: new Set([ANY_POLICY]), ...counters };
  for (const [i, certificate] of below.entries()) {
    const isLeaf = i === below.length - 1;
    const policies = policiesAt(certificate, level, isLeaf);
    if (level.explicitPolicy === 0 && policies.size === 0) return violated(certificate, 'a policy is demanded above it, and none is left');
    if (mapsAnyPolicy(certificate)) return violated(certificate, 'it maps to or from any policy');
    level = nextLevel(certificate, { ...level, policies }, isLeaf);
  }
  const leaf = below.at(-1);
  return leaf && level.explicitPolicy === 0 && level.policies.size === 0
    ? violated(leaf, 'a policy is demanded, and none is left')
    : undefined;
}

/** 6.1.3 d, e. */
function policiesAt(certificate: Certificate, { policies: expected, anyPolicy }: Level, isLeaf: boolean): ReadonlySet<string> {
  const own = certificate.policies;
  const kept = own.filter((policy) => policy !== ANY_POLICY && (expected.has(policy) || expected.has(ANY_POLICY)));
  const anyCounts = own.includes(ANY_POLICY) && (anyPolicy > 0 || (!isLeaf && isSelfIssued(certificate)));
  return new Set([...kept, ...(anyCounts ? expected : [])]);
}

const mapsAnyPolicy = ({ policyMappings }: Certificate): boolean =>
  policyMappings.some(({ issuerPolicy, subjectPolicy }) => issuerPolicy === ANY_POLICY || subjectPolicy === ANY_POLICY);

/** 6.1.4; for the leaf 6.1.5 a and b, which count it as one that is not self-issued. */
function nextLevel(certificate: Certificate, level: Level, isLeaf: boolean): Level {
  const { policyConstraints: { requireExplicitPolicy = Infinity, inhibitPolicyMapping = Infinity } = {}, inhibitAnyPolicy = Infinity } =
    certificate;
  const step = !isLeaf && isSelfIssued(certificate) ? 0 : 1;
  const count = (counter: number, limit: number) => Math.min(Math.max(counter - step, 0), limit);
  return {
    policies: isLeaf ? level.policies : mapped(certificate, level),
    // Of a leaf's own demand only "at once" has a meaning.
    explicitPolicy: count(level.explicitPolicy, isLeaf && requireExplicitPolicy > 0 ? Infinity : requireExplicitPolicy),
    policyMapping: count(level.policyMapping, inhibitPolicyMapping),
    anyPolicy: count(level.anyPolicy, inhibitAnyPolicy),
  };
}

/** 6.1.4 b. */
function mapped({ policyMappings }: Certificate, { policies, policyMapping }: Level): ReadonlySet<string> {
  const sources = new Set(policyMappings.map(({ issuerPolicy }) => issuerPolicy));
  const unmapped = [...policies].filter((policy) => !sources.has(policy));
  const followed = policyMappings.filter(({ issuerPolicy }) => policies.has(issuerPolicy) || policies.has(ANY_POLICY));
  return new Set([...unmapped, ...(policyMapping > 0 ? followed.map(({ subjectPolicy }) => subjectPolicy) : [])]);
}
