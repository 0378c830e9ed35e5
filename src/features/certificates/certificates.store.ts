import { Injectable } from '@nestjs/common';
import type { RevocationReason } from '../../cores/pki/revocation/revocation-reason.js';
import type { CertificateName } from '../../values/hostname.js';
import type { Id } from '../../values/id.js';
import { fromDate, toDate, type Instant } from '../../values/instant.js';
import type { Page, PageRequest } from '../../values/page.js';
import type { Problem } from '../../values/problems/problem.js';
import { Prisma, type Certificate as CertificateRow } from '../../platform/database/generated/client.js';
import { toPage } from '../../platform/database/keyset-page.js';
import { ownedIds, ownerPaths } from '../../platform/database/owned-rows.js';
import { PrismaService } from '../../platform/database/prisma.service.js';
import type { Tx } from '../../platform/database/transaction.js';
import type { Asked, CertificateOutline, StoredCertificate } from './certificate.js';
import type { CertificateFilter } from './certificate-filter.js';
import type { Advice } from './renewal.js';
import type { Revocation } from './revocation.js';

/** Enough that one of them is whole. */
const MOST_SIBLINGS = 20;

@Injectable()
export class CertificatesStore {
  constructor(private readonly prisma: PrismaService) {}

  /** The one that is stored now with this fingerprint: this one, or the one that was there. */
  async insertOnce(tx: Tx, certificate: StoredCertificate, adviceAskAt: Instant | undefined): Promise<StoredCertificate> {
    const data = [{ ...toRow(certificate), adviceAskAt: adviceAskAt === undefined ? null : toDate(adviceAskAt) }];
    await tx.certificate.createMany({ data, skipDuplicates: true });
    return toCertificate(await tx.certificate.findUniqueOrThrow({ where: { fingerprint: certificate.fingerprint } }));
  }

  async byIds(ids: readonly string[], tx: Tx = this.prisma): Promise<ReadonlyMap<string, StoredCertificate>> {
    const rows = await tx.certificate.findMany({ where: { id: { in: [...ids] } }, orderBy: { id: 'asc' } });
    return new Map(rows.map((row) => [row.id, toCertificate(row)]));
  }

  async outlines(ids: readonly string[]): Promise<ReadonlyMap<string, CertificateOutline>> {
    const rows = await this.prisma.$queryRaw<
      Pick<CertificateRow, 'id' | 'accountId' | 'names' | 'keyAlgorithm' | 'notBefore' | 'notAfter' | 'createdAt'>[]
    >`
      SELECT id, account_id AS "accountId", names, key_algorithm AS "keyAlgorithm", not_before AS "notBefore", not_after AS "notAfter", created_at AS "createdAt"
      FROM certificates WHERE id = ANY(${[...ids]})`;
    return new Map(
      rows.map(({ id, accountId, names, keyAlgorithm, notBefore, notAfter, createdAt }) => [
        id,
        {
          ...{ id: id as Id<'certificate'>, accountId: accountId as Id<'account'>, names: names as CertificateName[] },
          ...{ keyAlgorithm, notBefore: fromDate(notBefore), notAfter: fromDate(notAfter), createdAt: fromDate(createdAt) },
        },
      ]),
    );
  }

  /** Until the transaction ends, nobody else changes it. */
  async lock(tx: Tx, id: string, { share }: { share: boolean }): Promise<StoredCertificate | undefined> {
    await tx.$queryRaw`SELECT 1 FROM certificates WHERE id = ${id} ${Prisma.raw(share ? 'FOR SHARE' : 'FOR UPDATE')}`;
    return (await this.byIds([id], tx)).get(id);
  }

  async byFingerprint(tx: Tx, fingerprint: string): Promise<StoredCertificate | undefined> {
    const row = await tx.certificate.findUnique({ where: { fingerprint } });
    return row ? toCertificate(row) : undefined;
  }

  async bringTo(tx: Tx, certificateId: string, siteId: string, at: Instant): Promise<void> {
    await tx.broughtCertificate.createMany({ data: [{ certificateId, siteId, at: toDate(at) }], skipDuplicates: true });
  }

  async broughtTo(certificateId: string): Promise<readonly Id<'site'>[]> {
    const rows = await this.prisma.broughtCertificate.findMany({ where: { certificateId }, orderBy: { siteId: 'asc' } });
    return rows.map(({ siteId }) => siteId as Id<'site'>);
  }

  async writeRevocation(tx: Tx, id: string, revocation: Revocation): Promise<void> {
    await tx.certificate.update({ where: { id }, data: revocationRow(revocation) });
  }

  async revocationsDue(now: Instant, limit: number): Promise<readonly string[]> {
    const where = { revocationDueAt: { lte: toDate(now) } };
    const rows = await this.prisma.certificate.findMany({ where, orderBy: { revocationDueAt: 'asc' }, take: limit, select: { id: true } });
    return rows.map(({ id }) => id);
  }

  async revokedAmong(fingerprints: readonly string[]): Promise<ReadonlySet<string>> {
    const where = { fingerprint: { in: [...fingerprints] }, revokedAt: { not: null } };
    const rows = await this.prisma.certificate.findMany({ where, select: { fingerprint: true } });
    return new Set(rows.map(({ fingerprint }) => fingerprint));
  }

  async writeChain(tx: Tx, id: string, chain: readonly Uint8Array[]): Promise<void> {
    await tx.certificate.update({ where: { id }, data: { chain: chain.map((der) => new Uint8Array(der)) } });
  }

  async issuersOf(issuers: readonly string[]): Promise<readonly Uint8Array[]> {
    const where = { issuer: { in: [...issuers] } };
    const rows = await this.prisma.certificate.findMany({ where, orderBy: { id: 'desc' }, take: MOST_SIBLINGS, select: { chain: true } });
    return rows.flatMap(({ chain }) => chain.slice(1));
  }

  /** Whose they are, of those of these fingerprints that are ours. */
  async ownersAmong(fingerprints: readonly string[]): Promise<ReadonlyMap<string, Id<'account'>>> {
    const where = { fingerprint: { in: [...fingerprints] } };
    const rows = await this.prisma.certificate.findMany({ where, select: { fingerprint: true, accountId: true } });
    return new Map(rows.map(({ fingerprint, accountId }) => [fingerprint, accountId as Id<'account'>]));
  }

  async rootsAmong(fingerprints: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const where = { fingerprint: { in: [...fingerprints] }, root: { not: null } };
    const rows = await this.prisma.certificate.findMany({ where, select: { fingerprint: true, root: true } });
    return new Map(rows.map(({ fingerprint, root }) => [fingerprint, root!]));
  }

  async adviceDue(issuerId: string, now: Instant, limit: number): Promise<readonly Asked[]> {
    const where = { issuerId, adviceAskAt: { lte: toDate(now) } };
    const rows = await this.prisma.certificate.findMany({ where, orderBy: { adviceAskAt: 'asc' }, take: limit });
    return rows.map((row) => ({ ...toCertificate(row), adviceAttempts: row.adviceAttempts }));
  }

  async writeAdvice(id: string, next: { advice?: Advice; askAgainAt: Instant; attempts: number }): Promise<void> {
    const { advice, askAgainAt, attempts } = next;
    await this.prisma.certificate.update({
      where: { id },
      data: { adviceAskAt: toDate(askAgainAt), adviceAttempts: attempts, ...(advice && adviceRow(advice)) },
    });
  }

  async putAllAdviceOff(issuerId: string, until: Instant): Promise<void> {
    const where = { issuerId, adviceAskAt: { lt: toDate(until) } };
    await this.prisma.certificate.updateMany({ where, data: { adviceAskAt: toDate(until) } });
  }

  async endAdvice(ids: readonly string[]): Promise<void> {
    await this.prisma.certificate.updateMany({ where: { id: { in: [...ids] } }, data: { adviceAskAt: null } });
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
  const { names, chain, root, notBefore, notAfter, createdAt, advice: _told, revocation: _later, ...same } = certificate;
  return {
    ...same,
    names: [...names],
    chain: chain.map((der) => new Uint8Array(der)),
    root: root === undefined ? null : new Uint8Array(root),
    notBefore: toDate(notBefore),
    notAfter: toDate(notAfter),
    createdAt: toDate(createdAt),
  };
}

const adviceRow = ({ start, end, renewAt, explanationUrl, checkedAt }: Advice) => ({
  adviceStart: toDate(start),
  adviceEnd: toDate(end),
  adviceRenewAt: toDate(renewAt),
  adviceUrl: explanationUrl ?? null,
  adviceCheckedAt: toDate(checkedAt),
});

const revocationRow = ({ state, reason, requestedAt, revokedAt, problem, attempts, dueAt }: Revocation) => ({
  revocationState: state,
  revocationReason: reason,
  revocationRequestedAt: toDate(requestedAt),
  revokedAt: revokedAt === undefined ? null : toDate(revokedAt),
  revocationProblem: problem === undefined ? Prisma.DbNull : (problem as unknown as Prisma.InputJsonValue),
  revocationAttempts: attempts,
  revocationDueAt: dueAt === undefined ? null : toDate(dueAt),
});

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
  ...(row.root !== null && { root: row.root }),
  keyItemId: row.keyItemId as Id<'vault'>,
  createdAt: fromDate(row.createdAt),
  ...adviceIn(row),
  ...revocationIn(row),
});

function adviceIn(row: CertificateRow): { advice?: Advice } {
  const { adviceStart: start, adviceEnd: end, adviceRenewAt: renewAt, adviceCheckedAt: checkedAt, adviceUrl: url } = row;
  if (!start || !end || !renewAt || !checkedAt) return {};
  const times = { start: fromDate(start), end: fromDate(end), renewAt: fromDate(renewAt), checkedAt: fromDate(checkedAt) };
  return { advice: { ...times, ...(url !== null && { explanationUrl: url }) } };
}

function revocationIn(row: CertificateRow): { revocation?: Revocation } {
  const { revocationState: state, revocationReason: reason, revocationRequestedAt: requestedAt } = row;
  if (state === null || reason === null || !requestedAt) return {};
  return {
    revocation: {
      ...{ state: state as Revocation['state'], reason: reason as RevocationReason, attempts: row.revocationAttempts },
      requestedAt: fromDate(requestedAt),
      ...(row.revokedAt && { revokedAt: fromDate(row.revokedAt) }),
      ...(row.revocationProblem !== null && { problem: row.revocationProblem as unknown as Problem }),
      ...(row.revocationDueAt && { dueAt: fromDate(row.revocationDueAt) }),
    },
  };
}
