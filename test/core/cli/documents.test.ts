/** The command line and the API are of one version: every document that is sent fits the schema that is committed. */
import fs from 'node:fs';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import * as secure from '../../../src/cli/secure/site-view.js';
import { beyondLimits, costRule } from '../../../src/graphql/limits.js';
import { SITE_STATUS, SITES_STATUS } from '../../../src/cli/status/site-status.js';

const schema = buildSchema(fs.readFileSync('schema.graphql', 'utf8'));
const { SITE_BY_NAME, PROGRESS, CREATE_SITE, ADD_DOMAIN, PLACE_ORDER, RENEW_CERTIFICATE, START_CHECK } = secure;
const documents = {
  SITE_BY_NAME,
  PROGRESS,
  CREATE_SITE,
  ADD_DOMAIN,
  PLACE_ORDER,
  RENEW_CERTIFICATE,
  START_CHECK,
  SITE_STATUS,
  SITES_STATUS,
};

describe('a document of the command line', () => {
  it.each(Object.entries(documents))('%s fits the schema, and the limits of its shape', (_, document) => {
    expect(validate(schema, parse(document), specifiedRules)).toEqual([]);
    expect(beyondLimits(document, {})).toBeUndefined();
  });

  it('asks for no larger page of sites than a query may cost', () =>
    expect(validate(schema, parse(SITES_STATUS), [costRule({})])).toEqual([]));
});
