/** What `hostseal check` says of what it saw: to a person, and as a document that keeps to its published schema. */
import fs from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../../src/cli/check/document.js';
import { checkLines } from '../../../src/cli/check/lines.js';
import { EXIT_OF, verdictOn } from '../../../src/cli/check/verdict.js';
import { printable } from '../../../src/cli/printable.js';
import { unpainted } from '../../../src/cli/terminal.js';
import { told } from '../../../src/cli/told-problem.js';
import type { AddressCheck, SiteCheck } from '../../../src/cores/tls/check/site-check.js';
import { diagnose } from '../../../src/cores/tls/diagnosis/diagnose.js';
import { CAUSES } from '../../../src/cores/tls/diagnosis/diagnosis.js';
import { days, plus } from '../../../src/values/instant.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok } from '../../../src/values/result.js';
import { makeAuthority, makeLeaf, NOW } from '../pki/certificate-maker.js';
import { timestampList } from '../../support/pki/timestamps.js';
import { failedAddress, healthyAddress, httpAnswer, siteCheck, V4, V6 } from '../../support/tls/site-check.js';

const root = makeAuthority('Root');
const chain = [makeLeaf(root).der];
const schema = JSON.parse(fs.readFileSync('docs/check.schema.json', 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true, validateFormats: false }).compile(schema);

function resultOf(places: readonly AddressCheck[], changes: Partial<SiteCheck> = {}, now = NOW) {
  const check = siteCheck({ addresses: ok(places), ...changes });
  const evidence = { check, now, roots: [root.certificate.der], fetchedIssuers: [], revoked: new Set<string>() };
  const findings = diagnose(evidence);
  return { evidence, findings, verdict: verdictOn(check, findings) };
}
const REFUSED = problem('CONNECTION_REFUSED', { address: V4, port: 443 });
const SPENT = problem('CHECK_BUDGET_SPENT', { budget: 150 });
const said = (result: ReturnType<typeof resultOf>, width = 100): string => checkLines(result, { paint: unpainted, width }).join('\n');
const noName = problem('NAME_DOES_NOT_RESOLVE', { name: 'shop.example', detail: 'ENOTFOUND' });

describe('the exit code', () => {
  it.each([
    { name: 'a healthy site', result: resultOf([healthyAddress(chain)]), verdict: 'FINE', code: 0 },
    {
      name: 'a note alone',
      result: resultOf([healthyAddress(chain, { http: { overTls: ok(httpAnswer()) } })]),
      verdict: 'FINE',
      code: 0,
    },
    { name: 'a weakness', result: resultOf([healthyAddress(chain, { compression: ok(true) })]), verdict: 'WEAK', code: 1 },
    { name: 'a fault', result: resultOf([failedAddress(REFUSED)]), verdict: 'BROKEN', code: 1 },
    { name: 'a question left open', result: resultOf([healthyAddress(chain, { groups: err(SPENT) })]), verdict: 'UNKNOWN', code: 2 },
    {
      name: 'a fault beside a question left open',
      result: resultOf([healthyAddress(chain, { groups: err(SPENT), compression: ok(true) })]),
      verdict: 'WEAK',
      code: 1,
    },
    { name: 'a name without an address', result: resultOf([], { addresses: err(noName) }), verdict: 'NOT_CHECKED', code: 2 },
  ] as const)('of $name is $code', ({ result, verdict, code }) => {
    expect(result.verdict).toBe(verdict);
    expect(EXIT_OF[result.verdict]).toBe(code);
  });
});

describe('to a person', () => {
  it('the verdict comes first, then the steps of both versions beside each other, then what was seen', () => {
    const text = said(resultOf([healthyAddress(chain)]));
    expect(text).toMatch(
      /^shop\.example:443 {2}checked 2026-11-24 12:00:00 UTC in 0\.8 s, 31 of at most 150 connections\n\n✓ Nothing is wrong\./,
    );
    expect(text).toMatch(/TLS 1\.2 +TLS 1\.3\n/);
    expect(text).toMatch(/2\. Server Hello +4\.3 ms +2\. Server Hello +4\.3 ms\n/);
    expect(text).toMatch(/ {5}server_hello of TLSv1\.2 +server_hello of TLSv1\.3\n/);
    expect(text).toMatch(/TLS 1\.1 +no\n/);
    expect(text).toMatch(/Groups +X25519MLKEM768, x25519, secp256r1, secp384r1\n/);
    expect(text).toMatch(/HSTS +max-age=63072000; includeSubDomains\n/);
  });

  it('each finding says what it means, what to do, and who has to', () => {
    const text = said(resultOf([healthyAddress(chain)], {}, plus(NOW, days(91))));
    expect(text).toContain('✗ Visitors are turned away, or cannot be safe: 1 fault.');
    expect(text).toContain('✗ Certificate expired [EXPIRED]');
    expect(text).toContain("(Who acts: the server's administrator.)");
    expect(text).toContain('Certificates judged as of 2027-02-23 12:00:00 UTC.');
  });

  it.each([60, 100, 120])('nothing is broader than a terminal of %d columns, but what cannot be broken', (width) => {
    const result = resultOf([healthyAddress(chain), failedAddress(REFUSED, { address: V6 })], {}, plus(NOW, days(91)));
    expect(
      said(result, width)
        .split('\n')
        .filter((line) => line.length > width && !/(SHA-256 |checked |TLS_)/.test(line)),
    ).toEqual([]);
  });

  it('versions come in their order; steps that came in one flight are told so, and all of them together', () => {
    const place = healthyAddress(chain);
    const handshakes = place.handshakes.toReversed().map((handshake) => ({
      ...handshake,
      steps: handshake.steps.map((step, i) => ({ ...step, afterMs: [1, 4.5, 4.5, 4.5, 6][i]! })),
    }));
    const text = said(resultOf([{ ...place, handshakes }]));
    expect(text).toMatch(/TLS 1\.2 +TLS 1\.3\n/);
    for (const [step, time] of [
      ['2. Server Hello', '3.5 ms'],
      ['3. Certificate', 'with it'],
      ['5. Finished', '1.5 ms'],
      ['In all', '6.0 ms'],
    ])
      expect(text).toMatch(new RegExp(`${step} +${time} +${step} +${time}\n`));
  });

  it('timestamps of logs are counted, and said not to be verified', () => {
    const place = healthyAddress(chain);
    const at = new Date(NOW);
    const timestamps = timestampList({ log: 'argon', at }, { log: 'xenon', at });
    const result = resultOf([{ ...place, certificates: [{ ...place.certificates[0]!, timestamps }] }]);
    expect(said(result, 120)).toMatch(/in logs +timestamps of 2 \(Certificate Transparency\), whose signatures are not verified\n/);
    expect(checkDocument(result)).toMatchObject({
      addresses: [
        { certificates: [{ timestampLists: [{ source: 'HANDSHAKE', malformed: null, timestamps: [{}, { at: at.toISOString() }] }] }] },
      ],
    });
    expect(validate(checkDocument(result)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('a finite field is told where the version has no names for it', () => {
    const place = healthyAddress(chain);
    const versions = place.versions.map((one) =>
      one.suites?.ok ? { ...one, suites: ok({ ...one.suites.value, finiteFieldBits: 2048 }) } : one,
    );
    const text = said(resultOf([{ ...place, versions }]));
    const [before, after] = text.slice(text.indexOf('Seen at')).split(/^ {2}TLS 1\.3 /m);
    expect(before).toContain('Diffie-Hellman of 2048 bits');
    expect(after).not.toContain('Diffie-Hellman');
  });

  it('what could not be found out is marked, and never looks like a no', () =>
    expect(said(resultOf([healthyAddress(chain, { groups: err(SPENT), compression: err(SPENT) })]))).toMatch(
      /Groups +\? \(not found out\)\n[^]*compression \?/,
    ));

  it('a second address with the same facts is one line, and a failed one says why', () => {
    expect(said(resultOf([healthyAddress(chain), healthyAddress(chain, { address: V6 })]))).toContain(
      'Seen at [2001:db8::10]:443\n  the same as at 192.0.2.10:443',
    );
    expect(said(resultOf([failedAddress(REFUSED)]))).toContain('192.0.2.10 port 443 refused the connection. [CONNECTION_REFUSED]');
  });

  it('what a finding says is not said again where a handshake failed', () => {
    const text = said(resultOf([failedAddress(REFUSED)]));
    expect(text.match(/Who acts/g)).toHaveLength(1);
    expect(text).toMatch(/The handshake at 192\.0\.2\.10:443\n {2}✗ [^\n]* \[CONNECTION_REFUSED\]$/);
  });

  it('a name without an address could not be checked, which is said once', () => {
    const text = said(resultOf([], { addresses: err(noName) }));
    expect(text).toMatch(/✗ It could not be checked\.\n[^]*\[NAME_DOES_NOT_RESOLVE\]/);
    expect(text.match(/NAME_DOES_NOT_RESOLVE/g)).toHaveLength(1);
  });

  it('a stranger’s words move no cursor', () => {
    const http = { overTls: ok(httpAnswer({ server: '\u001b[2Jnginx', hsts: ['max-age=1\u0007'] })) };
    expect(said(resultOf([healthyAddress(chain, { http })]))).not.toMatch(/[\u001b\u0007]/);
  });
});

describe('the document', () => {
  it.each([
    { name: 'a healthy site', document: checkDocument(resultOf([healthyAddress(chain)])) },
    {
      name: 'a site with an old certificate at two addresses',
      document: checkDocument(resultOf([healthyAddress(chain), healthyAddress(chain, { address: V6 })], {}, plus(NOW, days(91)))),
    },
    { name: 'a server that refuses', document: checkDocument(resultOf([failedAddress(REFUSED)])) },
    { name: 'a name without an address', document: checkDocument(resultOf([], { addresses: err(noName) })) },
    {
      name: 'questions left open, and a certificate that cannot be read',
      document: checkDocument(
        resultOf(
          [
            healthyAddress([new Uint8Array(3)], {
              ...{ groups: err(SPENT), http: { plain: err(REFUSED) }, tolerates: { GREASE: err(SPENT) } },
              ...{ withoutName: ok({ kind: 'CERTIFICATE', chain }), wrongName: err(SPENT) },
            }),
          ],
          { name: undefined, startTls: 'smtp', leftOut: [V6] },
        ),
      ),
    },
    { name: 'a command line that cannot be used', document: { problem: told(problem('NOT_A_PORT', { port: 0 })), exitCode: 2 } },
  ])('of $name keeps to the schema', ({ document }) => {
    const written = JSON.parse(JSON.stringify(document));
    expect(validate(written) ? [] : validate.errors).toEqual([]);
  });

  it('moves no cursor, and is read as it was', () => {
    const value = { subject: 'CN=e\u009b31mv\u202eil\u007f\u2028\u2066\u001b[2J' };
    expect(printable(value)).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(printable(value))).toEqual(value);
  });

  it('with a field more or less does not', () => {
    const document = JSON.parse(JSON.stringify(checkDocument(resultOf([healthyAddress(chain)]))));
    expect(validate({ ...document, more: 1 })).toBe(false);
    const { verdict: _, ...less } = document;
    expect(validate(less)).toBe(false);
  });

  it('has a schema in which every field is described and nothing else is allowed, with all causes', () => {
    const silent: string[] = [];
    walk(schema, '#', (node, at) => {
      if (node['type'] !== 'object' || at.endsWith('/evidence')) return;
      if (node['additionalProperties'] !== false) silent.push(`${at} is open`);
      for (const [name, field] of Object.entries((node['properties'] ?? {}) as Record<string, { description?: string; $ref?: string }>))
        if (!field.description && !field.$ref) silent.push(`${at}/${name}`);
    });
    expect(silent).toEqual([]);
    expect(schema.$defs.finding.properties.cause.enum).toEqual(CAUSES);
    expect(schema.$defs.finding.properties.alsoSeen.items.enum).toEqual(CAUSES);
  });
});

type Node = Record<string, unknown>;
function walk(node: unknown, at: string, visit: (node: Node, at: string) => void): void {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) visit(node as Node, at);
  for (const [key, value] of Object.entries(node)) walk(value, `${at}/${key}`, visit);
}
