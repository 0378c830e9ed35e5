import { describe, expect, it } from 'vitest';
import { ed25519KeyPair } from '../../../src/cores/ssh/ed25519-key.js';
import { keyType, parseSshPublicKey, readSshPublicKey, sshBlob, sshFingerprint } from '../../../src/cores/ssh/public-key.js';
import { unwrap } from '../../../src/values/result.js';

/** RFC 8032 7.1, TEST 1. */
const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
const PUBLIC = Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex');
/** Made and named with ssh-keygen 9.2. */
const FROM_OPENSSH = [
  [
    'ssh-ed25519',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKshQlF1pV4H1fZ32a1BVivsO7ARze/e9gdxrgb3lbps',
    'SHA256:F3q2k1sd7lsJ4Rwv8J8bsv0sV/oyosgt1pOtPFa6ZGI',
  ],
  [
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGNNqLjSgdclnL0QfsYuCMOjP+aR+FB+r7fzm7nIdt8GY8brIX2keILBuwo5ZeEf3H9Mm7XuGqBEdYXpr7nn1Rw=',
    'SHA256:IWs8AsueWk2T2kvXsWqXoOprb4uPvJ98evfIEr1tnys',
  ],
  [
    'ssh-rsa',
    'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQChPN9HcE8YrpDmLOg0EjJPtbW3KbBIZX4BU8YKVV2a/X4G9+yn5f1NLzQ9YhS5MVpYxpiGOSP6gGzfEyWP+/pjwe8w/RRmTRULcomxGv8O5wRHREkV5VUVenDaHL5eaS3mv6khaICooFFJuESSJCThl1vTM7QJI2kTyU3O4Tqe23d1z/OZiLEaM+U3WxwmH1TUSPyPn30AGi06dm6Ua7YbaDgI2P43vWkhNivB4km5QOH5OKUPSR6S9A0rmGc/jlMkou0U23PPLAQmQ3MAcD67eA5mq9PbsaRWrcZr1/PgWisg94C3ArhJQSV0dR5W4XnPSZ9zdsxPIFbXrEyP1aKf',
    'SHA256:k0gS+wxnbALvbDJK7avXwVRMo+ImU7p81f1CQ9UOLTQ',
  ],
] as const;

describe('a public key of SSH', () => {
  it.each(FROM_OPENSSH)('%s is read, in one spelling, and has the fingerprint that ssh-keygen shows', (type, line, fingerprint) => {
    const key = unwrap(parseSshPublicKey(`  ${line} somebody@somewhere "with" words\r\n`));
    expect([key, keyType(key), sshFingerprint(key)]).toEqual([line, type, fingerprint]);
    expect(unwrap(readSshPublicKey(sshBlob(key)))).toBe(key);
  });

  const [, good] = FROM_OPENSSH[0];
  const blob = sshBlob(unwrap(parseSshPublicKey(good)));
  it.each([
    ['nothing', ''],
    ['a type alone', 'ssh-ed25519'],
    ['two lines', `${good}\n${good}`],
    ['another type before the same key', good.replace('ssh-ed25519', 'ssh-rsa')],
    ['options before the key', `restrict ${good}`],
    ['a name before the key, as in known_hosts', `192.0.2.1 ${good}`],
    ['a key cut short', good.slice(0, -8)],
    ['base64 that is not the shortest', `${good}=`],
    ['a key with more behind it', `ssh-ed25519 ${Buffer.concat([blob, Buffer.from([0, 0, 0, 1, 7])]).toString('base64')}`],
    ['a length beyond the end', `ssh-ed25519 ${Buffer.from([255, 255, 255, 255, 1]).toString('base64')}`],
    ['a type of the last century', 'ssh-dss AAAAB3NzaC1kc3MAAAABAQ=='],
    ['a certificate', 'ssh-ed25519-cert-v01@openssh.com AAAA'],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----'],
    ['very much', `ssh-rsa ${'A'.repeat(1_000_000)}`],
  ])('%s is none', (_, text) => {
    expect(parseSshPublicKey(text)).toMatchObject({ problem: { code: 'NOT_AN_SSH_KEY' } });
  });
});

describe('a key pair', () => {
  it('has the public key that RFC 8032 has for the seed, and a private half in the format of OpenSSH', () => {
    const { publicKey, privateKey } = ed25519KeyPair(SEED);
    expect(sshBlob(publicKey)).toEqual(
      Buffer.concat([Buffer.from('0000000b', 'hex'), Buffer.from('ssh-ed25519'), Buffer.from('00000020', 'hex'), PUBLIC]),
    );
    const pem = privateKey.revealText();
    expect(pem).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+\n-----END OPENSSH PRIVATE KEY-----\n$/);
    const content = Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64');
    expect(content.includes(Buffer.concat([SEED, PUBLIC]))).toBe(true);
    expect(`${privateKey}`).toBe('[secret]');
  });
});
