/** How certificates are read: as others read them where they are sound, and not at all where a length is written in another way than DER has. */
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { AsnConvert } from '@peculiar/asn1-schema';
import { KeyUsage } from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../../src/cores/pki/certificate.js';
import { readElements, type Element } from '../../../src/cores/pki/encoding/der.js';
import { readKeyUsage } from '../../../src/cores/pki/encoding/key-usage.js';
import { unwrap } from '../../../src/values/result.js';
import { tlv } from '../../support/pki/der.js';
import { makeAuthority, makeLeaf } from './certificate-maker.js';

const root = makeAuthority('Root');
const leaf = makeLeaf(makeAuthority('Intermediate', root), ['shop.example', '*.shop.example']).der;

describe('a certificate', () => {
  it('of a public CA says the same to us as to OpenSSL', () => {
    const told = tls.rootCertificates.map((pem) => {
      const openssl = new X509Certificate(pem);
      const ours = unwrap(readCertificate(openssl.raw));
      expect(Buffer.from(ours.publicKey)).toEqual(openssl.publicKey.export({ format: 'der', type: 'spki' }));
      expect(`CN=${ours.commonNames[0]}`).toBe(ours.commonNames.length > 0 ? /CN=.*/.exec(openssl.subject)?.[0] : 'CN=undefined');
      return [
        [ours.serial.replace(/^0+/, ''), ours.isCa, ours.notBefore, ours.notAfter],
        [openssl.serialNumber.toLowerCase().replace(/^0+/, ''), openssl.ca, Date.parse(openssl.validFrom), Date.parse(openssl.validTo)],
      ] as const;
    });
    expect(told.map(([ours]) => ours)).toEqual(told.map(([, openssl]) => openssl));
  });

  it('is read in no other spelling of a length, wherever in it', () => {
    const spellings = otherSpellings(leaf);
    expect(spellings.length).toBeGreaterThan(200);
    expect(spellings.filter((der) => readCertificate(der).ok)).toEqual([]);
  });

  it('that is nested without end is refused at once', () => {
    let nested: Uint8Array = new Uint8Array();
    while (nested.length < 10_000) nested = tlv(0x30, nested);
    expect(readCertificate(nested).ok).toBe(false);
    expect(readCertificate(tlv(0x30, tlv(0x30, nested), tlv(0x30), tlv(0x03, Uint8Array.of(0)))).ok).toBe(false);
  });
});

describe('key usage', () => {
  it('any bits mean the same to us as to the library that writes them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x1ff }), (flags) => {
        const usage = new KeyUsage(flags);
        expect(readKeyUsage(new Uint8Array(AsnConvert.serialize(usage)))?.toSorted()).toEqual(usage.toJSON().toSorted());
      }),
    );
  });

  it.each([
    ['no octet at all', []],
    ['unused bits of no octet', [1]],
    ['more unused bits than an octet has', [8, 0x80]],
  ])('%s is none', (_, octets) => {
    expect(readKeyUsage(tlv(0x03, Uint8Array.from(octets)))).toBeUndefined();
  });
});

/** Each time one length more than DER has it: in its long form, with a zero in front, or open-ended (X.690 8.1.3, 10.1). */
function otherSpellings(der: Uint8Array): Uint8Array[] {
  return readElements(der)!.flatMap((element) => spellingsOf(element).map((bytes) => replaced(der, element, bytes)));
}

function spellingsOf(element: Element): Uint8Array[] {
  const { tag, content } = element;
  const octets = [content.length >> 8, content.length & 0xff];
  const short = content.length < 0x80;
  const headers = [...(short ? [[0x81, octets[1]!]] : []), [0x83, 0, ...octets], [0x85, 0, 0, 0, ...octets], [0x80]];
  const own = headers.map((length) => Buffer.concat([Uint8Array.of(tag, ...length), content, Buffer.alloc(length[0] === 0x80 ? 2 : 0)]));
  // What an extension is stands in an OCTET STRING; a key is no DER of its own.
  const inside = (tag & 0x20) !== 0 || tag === 0x04 ? readElements(content) : undefined;
  return [...own, ...(inside ? otherSpellings(content).map((changed) => tlv(tag, changed)) : [])];
}

const replaced = (whole: Uint8Array, { bytes }: Element, by: Uint8Array): Uint8Array => {
  const from = bytes.byteOffset - whole.byteOffset;
  return Buffer.concat([whole.subarray(0, from), by, whole.subarray(from + bytes.length)]);
};
