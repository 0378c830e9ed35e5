/** What stands behind the chains that a check showed, fetched from a real HTTP server. */
import http from 'node:http';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AccessDescription,
  AuthorityInfoAccessSyntax,
  Extension,
  GeneralName,
  id_ad_caIssuers,
  id_pe_authorityInfoAccess,
} from '@peculiar/asn1-x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chainBackground } from '../../../src/adapters/network/chain-background.js';
import { makeHttpClient } from '../../../src/adapters/network/http/https.js';
import { makeIssuerFetcher } from '../../../src/adapters/network/issuer-fetcher.js';
import { makeRevocationLists } from '../../../src/adapters/network/revocation-lists.js';
import { crlDistributionPoint } from '../../../src/cores/pki/encoding/certificate-encoding.js';
import type { Certificate } from '../../../src/cores/pki/certificate.js';
import { diagnose } from '../../../src/cores/tls/diagnosis/diagnose.js';
import { ok } from '../../../src/values/result.js';
import { makeAuthority, makeLeaf, NOW } from '../../core/pki/certificate-maker.js';
import { makeCrl } from '../../core/pki/revocation-maker.js';
import { Listeners } from '../../support/listen.js';
import { loopbackDialer } from '../../support/network.js';
import { healthyAddress, siteCheck } from '../../support/tls/site-check.js';

const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', root);

describe('what stands behind a chain', () => {
  const listeners = new Listeners();
  const files = new Map<string, Uint8Array>();
  let url: string;
  beforeAll(async () => {
    const server = http.createServer((request, response) => {
      const file = files.get(request.url ?? '');
      response.writeHead(file ? 200 : 404).end(file);
    });
    url = `http://127.0.0.1:${await listeners.listen(server)}`;
    files.set('/issuer', intermediate.certificate.der);
  });
  afterAll(() => listeners.stop());

  const at = (path: string) => `${url}${path}`;
  const issuerAt = (path: string) =>
    new Extension({
      extnID: id_pe_authorityInfoAccess,
      extnValue: new OctetString(
        AsnConvert.serialize(
          new AuthorityInfoAccessSyntax([
            new AccessDescription({
              accessMethod: id_ad_caIssuers,
              accessLocation: new GeneralName({ uniformResourceIdentifier: at(path) }),
            }),
          ]),
        ),
      ),
    });
  const leafWith = (...plus: readonly Extension[]): Certificate => makeLeaf(intermediate, ['shop.example'], { plus });
  /** What is told of a server that shows this, with what was fetched and without. */
  async function told(...chain: readonly Certificate[]) {
    const clock = { now: () => NOW };
    const client = makeHttpClient({ dialer: loopbackDialer(), extraRoots: [] });
    const place = healthyAddress(chain.map(({ der }) => der));
    const seen = { check: siteCheck({ addresses: ok([place]) }), now: NOW, roots: [root.certificate.der] };
    const background = await chainBackground(seen, {
      issuers: makeIssuerFetcher({ http: client, clock }),
      lists: makeRevocationLists({ http: client, clock }),
    });
    return diagnose({ ...seen, ...background });
  }

  it('an intermediate that was not sent is fetched, and named', async () =>
    expect(await told(leafWith(issuerAt('/issuer')))).toMatchObject([
      { cause: 'CHAIN_INCOMPLETE', evidence: { known: 'yes', missing: intermediate.certificate.subject } },
    ]));

  it('one that cannot be fetched leaves the question open', async () =>
    expect(await told(leafWith(issuerAt('/nothing')))).toMatchObject([
      { cause: 'CHAIN_INCOMPLETE', evidence: { known: 'no' } },
      { cause: 'COULD_NOT_FIND_OUT', evidence: { what: expect.stringContaining('who signed') } },
    ]));

  it('a certificate on the list of its issuer is revoked', async () => {
    const leaf = leafWith(crlDistributionPoint(at('/list')));
    files.set('/list', makeCrl(intermediate, { revoked: [leaf.serial] }));
    expect(await told(leaf, intermediate.certificate)).toMatchObject([{ cause: 'REVOKED' }]);
    files.set('/list', makeCrl(intermediate));
    expect(await told(leaf, intermediate.certificate)).toEqual([]);
  });

  it('a list that is not there leaves the question open', async () =>
    expect(await told(leafWith(crlDistributionPoint(at('/gone'))), intermediate.certificate)).toMatchObject([
      { cause: 'COULD_NOT_FIND_OUT', severity: 'UNKNOWN', evidence: { what: expect.stringContaining('is revoked') } },
    ]));
});
