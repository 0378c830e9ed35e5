/** One rule that a certificate of the Web PKI has to follow in its place in a path. */
import type { Certificate } from '../certificate.js';
import type { WrittenTbs } from '../encoding/tbs-certificate.js';

export type Place = 'LEAF' | 'INTERMEDIATE' | 'ROOT';

export type Placed = {
  readonly certificate: Certificate;
  readonly place: Place;
  /** The path is to a server: what the Baseline Requirements say of subscriber certificates counts as well. */
  readonly forServer: boolean;
};
export type Examined = Placed & { readonly written: WrittenTbs };

/** What is wrong, in a few words; undefined where nothing is. */
export type Rule = (examined: Examined) => string | undefined;
