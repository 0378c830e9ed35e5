/** The CAs of the lab: one that is trusted, in the shapes that rows need, and those that nobody knows. Made once. */
import { makeCa, type TestCa, type TestCertificate } from '../support/pki/certificates.js';

export type Authorities = {
  /** Trusted, with one intermediate. */
  readonly trusted: TestCa;
  /** Trusted, with two intermediates. */
  readonly deep: TestCa;
  /** Trusted, with a hundred of them. */
  readonly hundred: TestCa;
  /** Trusted, with an intermediate that is signed with SHA-1. */
  readonly sha1: TestCa;
  /** Trusted, with an intermediate that has expired. */
  readonly lapsed: TestCa;
  /** Nobody trusts it. */
  readonly stranger: TestCa;
  /** What the trusted one has taken back; recipes add to it. */
  readonly revoked: TestCertificate[];
  /** Where the files of `at` are fetched from: `http://127.0.0.1:PORT`. */
  readonly url: string;
};

export async function makeAuthorities(url: string): Promise<Authorities> {
  const [trusted, deep, hundred, sha1, lapsed, stranger] = await Promise.all([
    makeCa('Lab'),
    makeCa('Lab Deep', { intermediates: 2 }),
    makeCa('Lab Hundred', { intermediates: 100 }),
    makeCa('Lab SHA-1', { signedWith: 'SHA-1' }),
    makeCa('Lab Lapsed', { notAfter: new Date(Date.now() - 3_600_000) }),
    makeCa('Stranger'),
  ]);
  return { trusted, deep, hundred, sha1, lapsed, stranger, revoked: [], url };
}

export const trustedRoots = ({ trusted, deep, hundred, sha1, lapsed }: Authorities): readonly TestCa[] => [
  trusted,
  deep,
  hundred,
  sha1,
  lapsed,
];
