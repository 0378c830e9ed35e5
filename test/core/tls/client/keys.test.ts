/** What our client computes keys and proofs with, against node:crypto's own. */
import { createHmac, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { proofOffer } from '../../../../src/adapters/network/probe/proof-offer.js';
import type { ClientTools } from '../../../../src/cores/tls/client/client-tools.js';
import { firstHello } from '../../../../src/cores/tls/client/hello/client-hello.js';
import { HelloTemplate } from '../../../../src/cores/tls/client/hello/hello-template.js';
import { checkSignature } from '../../../../src/cores/tls/client/signature.js';
import { hmac } from '../../../../src/cores/tls/protection/hmac.js';
import { nonceOver, SequenceNumber } from '../../../../src/cores/tls/protection/record-protection.js';
import { TLS13 } from '../../../../src/cores/tls/registry/versions.js';
import { makeCa } from '../../../support/pki/certificates.js';

describe('an HMAC', () => {
  const lengths = [0, 1, 20, 32, 48, 63, 64, 65, 127, 128, 129, 300];
  it.each(['md5', 'sha1', 'sha256', 'sha384'])('over %s is what RFC 2104 says, for keys shorter and longer than a block', (hash) => {
    for (const length of lengths) {
      const key = Uint8Array.from({ length }, (_, i) => i + 1);
      const parts = [Buffer.from('in '), Buffer.alloc(0), Buffer.from('parts')];
      expect(hmac(hash, key, ...parts), `a key of ${length} bytes`).toEqual(createHmac(hash, key).update('in parts').digest());
    }
  });
});

describe('a ClientHello of a template', () => {
  it.each(['shop.example', undefined])('is to the byte the one that is encoded for it alone, for the name %s', (serverName) => {
    const fresh = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
    const at = { next: 0 };
    const share = { publicKey: Buffer.alloc(32, 7), agree: () => undefined };
    const tools: ClientTools = {
      bytes: (length) => fresh.subarray(at.next, (at.next += length)),
      keyShare: () => share,
      finiteFieldShare: () => undefined,
    };
    const template = new HelloTemplate(proofOffer(undefined), tools);
    at.next = 0;
    const offer = proofOffer(serverName);
    const patched = template.hello(offer);
    at.next = 0;
    expect(patched).toEqual(firstHello(offer, tools, undefined));
  });
});

describe('the signature of a handshake', () => {
  it('is held against the leaf that was shown, also where another was shown before, and is shown again', async () => {
    const ca = await makeCa();
    const [one, other] = await Promise.all([ca.issue({ names: ['one.test'] }), ca.issue({ names: ['other.test'] })]);
    const signed = Buffer.from('a transcript');
    const part = { signed, value: sign('sha256', signed, one.keyPem), algorithm: 0x0403 };
    const held = [one, other, one, one].map(({ leafDer }) => checkSignature(leafDer, part, { version: TLS13, offered: [0x0403] }));
    expect(held).toEqual([undefined, { kind: 'FORGED', what: 'SIGNATURE' }, undefined, undefined]);
  });
});

describe('records under one key', () => {
  it('are counted in eight bytes, big-endian', () => {
    const sequence = new SequenceNumber();
    const taken = Array.from({ length: 258 }, () => sequence.take());
    expect([0, 1, 255, 256, 257].map((i) => Buffer.from(taken[i]!).toString('hex'))).toEqual([
      '0000000000000000',
      '0000000000000001',
      '00000000000000ff',
      '0000000000000100',
      '0000000000000101',
    ]);
  });

  it('leave the IV as it was, whatever kind of bytes it is', () => {
    const iv = Buffer.alloc(12, 0xff);
    expect(nonceOver(iv, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2))).toEqual(Uint8Array.from([...Array(10).fill(0xff), 0xfe, 0xfd]));
    expect(iv).toEqual(Buffer.alloc(12, 0xff));
  });
});
