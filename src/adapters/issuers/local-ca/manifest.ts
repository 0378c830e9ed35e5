import type { IssuerManifest } from '../issuer.js';

export const LOCAL_CA_MANIFEST: IssuerManifest = {
  id: 'local-ca',
  title: 'Hostseal Local CA',
  levels: ['DV'],
  // A file on a web server shows control of one name, not of all below it (CA/B BR 3.2.2.4.18).
  wildcards: false,
};
