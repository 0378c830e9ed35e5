/** Sealed secrets: private keys and credentials. Everything that the house keeps secret goes in and comes out here. */
import { Inject, Injectable } from '@nestjs/common';
import { keyMatches } from '../../cores/pki/public-key.js';
import { CLOCK, type Clock } from '../../values/clock.js';
import { newId, type Id } from '../../values/id.js';
import { toDate } from '../../values/instant.js';
import { parsePem } from '../../values/pem.js';
import { problem } from '../../values/problems/problem.js';
import { RANDOM, type Random } from '../../values/random.js';
import { err, ok, unwrap, type Result } from '../../values/result.js';
import { Secret } from '../../values/secret.js';
import { PrismaService } from '../database/prisma.service.js';
import type { Tx } from '../database/transaction.js';
import type { VaultKeys } from './key-file.js';
import { NONCE_BYTES, seal, unseal } from './sealing.js';

export const VAULT_KEYS = Symbol('VaultKeys');
/** What a sealed secret is for. */
type VaultItemKind = 'CERTIFICATE_KEY' | 'MEMBER_SECRET' | 'SSH_KEY';
type Row = { id: string; keyId: string; nonce: Uint8Array; sealed: Uint8Array };
/** Rows sealed again in one transaction when the key was rotated. */
const RESEAL_BATCH = 100;

@Injectable()
export class Vault {
  constructor(
    private readonly prisma: PrismaService,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: Random,
    @Inject(VAULT_KEYS) private readonly keys: VaultKeys,
  ) {}

  async seal(tx: Tx, kind: VaultItemKind, secret: Secret): Promise<Id<'vault'>> {
    const id = newId('vault', this.clock.now(), this.random);
    await tx.vaultItem.create({ data: { id, kind, at: toDate(this.clock.now()), ...this.sealFor(id, secret) } });
    return id;
  }

  /** Throws where the row is gone or broken: for callers that cannot go on without their secret. */
  async open(id: string): Promise<Secret> {
    return unwrap(await this.tryOpen(id));
  }

  /** VAULT_KEY_MISSING or VAULT_ITEM_BROKEN where it does not open. */
  async tryOpen(id: string): Promise<Result<Secret>> {
    return this.openRow(await this.prisma.vaultItem.findUniqueOrThrow({ where: { id } }));
  }

  /** Is a sealed private key (PKCS #8, PEM) the one that a certificate (DER) is for? */
  async keyMatches(id: string, certificate: Uint8Array): Promise<boolean> {
    const der = parsePem('PRIVATE KEY', (await this.open(id)).revealText());
    return der.ok && der.value[0] !== undefined && keyMatches(der.value[0], certificate);
  }

  async forget(tx: Tx, id: string): Promise<void> {
    await tx.vaultItem.deleteMany({ where: { id } });
  }

  /** Seals again with the newest key what an older one sealed; answers how many. A row that does not open stays as it is. */
  async reseal(): Promise<{ resealed: number; broken: readonly string[] }> {
    const broken: string[] = [];
    let resealed = 0;
    for (let after = ''; ;) {
      const rows = await this.prisma.vaultItem.findMany({
        where: { keyId: { not: this.keys.newest }, id: { gt: after } },
        orderBy: { id: 'asc' },
        take: RESEAL_BATCH,
      });
      for (const row of rows) {
        const secret = this.openRow(row);
        if (!secret.ok) broken.push(row.id);
        else {
          // Only where nobody sealed it meanwhile.
          const done = await this.prisma.vaultItem.updateMany({
            where: { id: row.id, keyId: row.keyId },
            data: this.sealFor(row.id, secret.value),
          });
          resealed += done.count;
        }
      }
      const last = rows.at(-1);
      if (!last) return { resealed, broken };
      after = last.id;
    }
  }

  private sealFor(id: string, secret: Secret) {
    const nonce = this.random.bytes(NONCE_BYTES);
    const sealed = seal(this.key(this.keys.newest)!, nonce, id, secret.reveal());
    return { keyId: this.keys.newest, nonce: Buffer.from(nonce), sealed: Buffer.from(sealed) };
  }

  private openRow(row: Row): Result<Secret> {
    const key = this.key(row.keyId);
    if (!key) return err(problem('VAULT_KEY_MISSING', { keyId: row.keyId }));
    const plain = unseal(key, row.nonce, row.id, row.sealed);
    return plain ? ok(Secret.of(plain)) : err(problem('VAULT_ITEM_BROKEN', { item: row.id }));
  }

  private key(id: string): Uint8Array | undefined {
    return this.keys.byId.get(id)?.reveal();
  }
}
