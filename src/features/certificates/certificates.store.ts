import { Injectable } from '@nestjs/common';
import type { RevocationReason } from '../../cores/pki/revocation-reason.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import { Prisma, type Certificate as CertificateRow } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { StoredCertificate } from './certificate.js';
import type { CertificateFilter } from './certificate-filter.js';

@Injectable()
export class CertificatesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The one that is stored now with this fingerprint: this one, or the one that was there. */
  async insertOnce(tx: Tx, certificate: StoredCertificate): Promise<StoredCertificate> {
    await tx.certificate.createMany({ data: [toRow(certificate)], skipDuplicates: true });
    return toCertificate(await tx.certificate.findUniqueOrThrow({ where: { fingerprint: certificate.fingerprint } }));
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, StoredCertificate>> {
    const rows = await tx.certificate.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toCertificate(row)]));
  }

  ownerPaths(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return ownerPaths(this.prisma, 'certificates', ids);
  }

  async pageBelow(path: string, request: PageRequest, filter: CertificateFilter): Promise<Page<StoredCertificate>> {
    const { name, nameContains, expiresBefore } = filter;
    const further = [
      ...(name ? [Prisma.sql`AND id = ANY(ARRAY(SELECT id FROM certificates WHERE names @> ${[name]}::text[]))`] : []),
      ...(nameContains ? [Prisma.sql`AND EXISTS (SELECT 1 FROM unnest(names) AS n WHERE strpos(n, ${nameContains}) > 0)`] : []),
      ...(expiresBefore !== undefined ? [Prisma.sql`AND not_after < ${toDate(expiresBefore)}`] : []),
    ];
    const all = further.length > 0 ? Prisma.join(further, ' ') : Prisma.empty;
    const ids = await ownedIds(this.prisma, 'certificates', path, request, all);
    return toPage([...(await this.byIds(ids)).values()], request);
  }
}

function toRow(certificate: StoredCertificate) {
  const { names, chain, notBefore, notAfter, createdAt, revokedAt, ...same } = certificate;
  return {
    ...same,
    names: [...names],
    chain: chain.map((der) => new Uint8Array(der)),
    notBefore: toDate(notBefore),
    notAfter: toDate(notAfter),
    createdAt: toDate(createdAt),
    revokedAt: revokedAt === undefined ? null : toDate(revokedAt),
  };
}

const toCertificate = (row: CertificateRow): StoredCertificate => ({
  id: row.id as Id<'certificate'>,
  accountId: row.accountId as Id<'account'>,
  issuerId: row.issuerId,
  fingerprint: row.fingerprint,
  serial: row.serial,
  subject: row.subject,
  issuer: row.issuer,
  names: row.names as CertificateName[],
  keyAlgorithm: row.keyAlgorithm,
  notBefore: fromDate(row.notBefore),
  notAfter: fromDate(row.notAfter),
  chain: row.chain,
  keyItemId: row.keyItemId as Id<'vault'>,
  createdAt: fromDate(row.createdAt),
  ...(row.revokedAt && { revokedAt: fromDate(row.revokedAt) }),
  ...(row.revocationReason !== null && { revocationReason: row.revocationReason as RevocationReason }),
});
