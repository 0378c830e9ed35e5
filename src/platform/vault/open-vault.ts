/**
 * The vault's keys, as a process starts with them: tried on what they sealed. A wrong file that was taken in silence (a database
 * that was restored, a key file that was not) would seal everything from then on with a key that opens nothing of before.
 */
import { problem } from '../../values/problems/problem.js';
import type { Random } from '../../values/random.js';
import { err, ok, type Result } from '../../values/result.js';
import type { Secret } from '../../values/secret.js';
import { PrismaService } from '../database/prisma.service.js';
import { hasKeyFile, makeKeyFile, readKeyFile, unusable, type VaultKeys } from './key-file.js';
import { unseal } from './sealing.js';

/** Items of one key that are tried: a single damaged row does not speak against its key. */
const TRIED = 10;
/** More keys than years of rotation leave behind; the check must end. */
const MOST_KEYS = 1_000;

type VaultPlace = {
  readonly file: string;
  readonly databaseUrl: Secret;
  /**
   * May a first file be made? By one machine only of those that share a database: two that made one each would seal for
   * themselves.
   */
  readonly mayMake: boolean;
  readonly random: Random;
};

/**
 * A new file is made only where nothing was ever sealed. VAULT_KEY_FILE_UNUSABLE where the file is missing, empty, damaged or
 * another's; VAULT_KEY_MISSING where it lacks a key that is still needed. Throws where the database is out of reach.
 */
export async function openVault({ file, databaseUrl, mayMake, random }: VaultPlace): Promise<Result<VaultKeys>> {
  const prisma = new PrismaService(databaseUrl.revealText());
  try {
    if (!hasKeyFile(file)) {
      if ((await prisma.vaultItem.findFirst({ select: { id: true } })) !== null)
        return unusable(file, 'it is not there, and the database holds secrets that it sealed');
      if (!mayMake) return unusable(file, 'it is not there; the machine of the role "all" makes it, and the others need a copy of it');
      const made = makeKeyFile(file, random);
      if (!made.ok) return made;
    }
    const keys = readKeyFile(file);
    return keys.ok ? await tried(prisma, file, keys.value) : keys;
  } finally {
    await prisma.$disconnect();
  }
}

/** The same keys, after they have opened what they sealed. */
async function tried(prisma: PrismaService, file: string, keys: VaultKeys): Promise<Result<VaultKeys>> {
  const needed = await prisma.vaultItem.groupBy({ by: ['keyId'], orderBy: { keyId: 'asc' }, take: MOST_KEYS });
  for (const { keyId } of needed) {
    const key = keys.byId.get(keyId);
    if (!key) return err(problem('VAULT_KEY_MISSING', { keyId }));
    const items = await prisma.vaultItem.findMany({ where: { keyId }, take: TRIED });
    const opens = items.some(({ id, nonce, sealed }) => unseal(key.reveal(), nonce, id, sealed) !== undefined);
    if (!opens && items.length > 0) return unusable(file, `its key ${keyId} does not open what was sealed with that key`);
  }
  return ok(keys);
}
