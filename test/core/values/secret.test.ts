import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/platform/log/log.js';
import { Secret } from '../../../src/values/secret.js';

const mark = 'canary-7f3a';

describe('a secret prints nothing', () => {
  const secret = Secret.of(mark);
  it.each([
    ['a template', () => `${secret}`],
    ['concatenation', () => 'x' + String(secret)],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
    ['format', () => format('%s %o %j', secret, secret, secret)],
    ['its keys', () => Object.keys(secret).join() + Object.values(secret).join()],
  ])('in %s', (_, print) => {
    expect(print()).not.toContain(mark);
    expect(secret.revealText()).toBe(mark);
  });
});

describe('a log prints no secret', () => {
  const logged = (write: (log: ReturnType<typeof createLog>) => void): string => {
    let text = '';
    write(createLog({ write: (line: string) => void (text += line) }, 'debug'));
    return text;
  };

  it.each([
    ['a Secret', { key: Secret.of(mark), deep: { any: Secret.of(mark) } }],
    ['an authorization header', { authorization: `Bearer ${mark}` }],
    ['a header in a request', { headers: { authorization: `Bearer ${mark}` } }],
    ['a connection string in an error', { error: new Error(`connect postgresql://hostseal:${mark}@127.0.0.1/x`) }],
    ['what a driver hangs onto an error', { error: Object.assign(new Error('refused'), { config: { password: mark } }) }],
  ])('where it is handed %s', (_, fields) => {
    const text = logged((log) => log.error(fields, 'something failed'));
    expect(text).toContain('something failed');
    expect(text).not.toContain(mark);
  });
});
