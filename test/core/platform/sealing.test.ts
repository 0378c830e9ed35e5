import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKeyLine, parseVaultKeys } from '../../../src/platform/vault/key-file.js';
import { NONCE_BYTES, seal, unseal } from '../../../src/platform/vault/sealing.js';

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const [key, nonce] = [bytes(32, 1), bytes(NONCE_BYTES, 2)];

describe('sealing', () => {
  it('opens with the same key, nonce and row, and with nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), (plain, flip) => {
        const sealed = seal(key, nonce, 'vlt_1', plain);
        expect(Buffer.from(unseal(key, nonce, 'vlt_1', sealed)!)).toEqual(Buffer.from(plain));
        expect(unseal(key, nonce, 'vlt_2', sealed)).toBeUndefined();
        expect(unseal(bytes(32, 9), nonce, 'vlt_1', sealed)).toBeUndefined();
        expect(unseal(key, bytes(NONCE_BYTES, 9), 'vlt_1', sealed)).toBeUndefined();
        const broken = Uint8Array.from(sealed);
        broken[flip % broken.length]! ^= 1;
        expect(unseal(key, nonce, 'vlt_1', broken)).toBeUndefined();
      }),
    );
  });

  it('does not throw on less than a tag', () => expect(unseal(key, nonce, 'vlt_1', new Uint8Array(3))).toBeUndefined());
});

describe('the key file', () => {
  const line = (id: string) => `${id}:${Buffer.from(key).toString('base64')}`;

  it('seals with the first key and opens with all', () => {
    const keys = parseVaultKeys(`# newest first\n${line('k2')}\n\n${line('k1')}\n`, 'vault.key');
    expect(keys.ok && [keys.value.newest, [...keys.value.byId.keys()]]).toEqual(['k2', ['k2', 'k1']]);
  });

  it('a new line is one that it reads', () => {
    expect(parseVaultKeys(newKeyLine({ bytes: (length) => bytes(length, 5) }), 'vault.key').ok).toBe(true);
  });

  it.each([
    ['an empty file', ''],
    ['a short key', 'k1:AAAA'],
    ['no id', `:${line('x').slice(2)}`],
    ['the same id twice', `${line('k1')}\n${line('k1')}`],
    ['something else', 'hello'],
  ])('%s is refused, without showing what stands there', (_, text) => {
    const result = parseVaultKeys(text, '/home/vault.key');
    expect(result).toMatchObject({ ok: false, problem: { code: 'VAULT_KEY_FILE_UNUSABLE', facts: { file: '/home/vault.key' } } });
    expect(JSON.stringify(result)).not.toContain('AAAA');
  });
});
