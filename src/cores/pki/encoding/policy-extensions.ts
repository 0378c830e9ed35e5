/** The extensions that say under which policies a certificate was issued, and which may follow below it (RFC 5280 4.2.1.4, .5, .11, .14). */
import { contentOf, readElements, readOid, SEQUENCE, type Element } from './der.js';

export const ANY_POLICY = '2.5.29.32.0';

export type PolicyConstraints = {
  /** After so many certificates each has to have a policy that is accepted. */
  readonly requireExplicitPolicy?: number;
  readonly inhibitPolicyMapping?: number;
};
export type PolicyMapping = { readonly issuerPolicy: string; readonly subjectPolicy: string };

/** OIDs. Each of these is undefined where `der` is no such extension, or an empty one, which the RFC forbids. */
export function readPolicies(der: Uint8Array): string[] | undefined {
  const policies = elementsOf(der)?.map(({ tag, content }) => (tag === SEQUENCE ? oidAt(readElements(content)?.[0]) : undefined));
  return policies && policies.length > 0 && allThere(policies) ? policies : undefined;
}

export function readPolicyMappings(der: Uint8Array): PolicyMapping[] | undefined {
  const mappings = elementsOf(der)?.map(({ tag, content }) => {
    const [issuer, subject, more] = tag === SEQUENCE ? (readElements(content) ?? []) : [];
    const [issuerPolicy, subjectPolicy] = [oidAt(issuer), oidAt(subject)];
    return issuerPolicy !== undefined && subjectPolicy !== undefined && !more ? { issuerPolicy, subjectPolicy } : undefined;
  });
  return mappings && mappings.length > 0 && allThere(mappings) ? mappings : undefined;
}

export function readPolicyConstraints(der: Uint8Array): PolicyConstraints | undefined {
  const elements = elementsOf(der);
  if (elements === undefined || elements.length === 0) return undefined;
  const found: { requireExplicitPolicy?: number; inhibitPolicyMapping?: number } = {};
  for (const { tag, content } of elements) {
    const skip = readSkipCerts(content);
    const field = tag === 0x80 ? 'requireExplicitPolicy' : tag === 0x81 ? 'inhibitPolicyMapping' : undefined;
    if (skip === undefined || field === undefined || found[field] !== undefined) return undefined;
    found[field] = skip;
  }
  return found;
}

export function readInhibitAnyPolicy(der: Uint8Array): number | undefined {
  const content = contentOf(0x02, der);
  return content && readSkipCerts(content);
}

/** A number of certificates, from the content of an INTEGER; never negative. Larger than any path is as good as never. */
export function readSkipCerts(content: Uint8Array): number | undefined {
  if (content.length === 0 || content.length > 32 || (content[0] ?? 0) >= 0x80) return undefined;
  return Math.min(Number(BigInt(`0x${Buffer.from(content).toString('hex')}`)), Number.MAX_SAFE_INTEGER);
}

function elementsOf(der: Uint8Array): Element[] | undefined {
  const content = contentOf(SEQUENCE, der);
  return content && readElements(content);
}

const oidAt = (element: Element | undefined): string | undefined => (element?.tag === 0x06 ? readOid(element.content) : undefined);
const allThere = <T>(items: readonly (T | undefined)[]): items is T[] => items.every((item) => item !== undefined);
