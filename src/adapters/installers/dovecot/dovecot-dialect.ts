/** Dovecot, as the engine speaks with it (generations/dialect.ts). */
import { list, record, text, boolean } from '../../../values/json-shape.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import { opensslRefusal } from '../../network/openssl-refusal.js';
import type { Dialect } from '../generations/dialect.js';
import { MailControl } from '../generations/mail/mail-control.js';
import { mailAnswersAt, mailDisagreement, mailShardOf } from '../generations/mail/mail-sites.js';
import type { MailListener } from '../installer.js';
import { readBuild } from './dovecot-build.js';
import type { DovecotPlace } from './dovecot-place.js';
import { taken } from './neighbours.js';
import { MOST_CERTIFICATES, renderFoundation, renderSites } from './render.js';

type DovecotHere = { readonly host: Host; readonly place: DovecotPlace; readonly mail: readonly MailListener[] };

export function dovecotDialect({ host, place: { tree, mainConfiguration }, mail }: DovecotHere): Dialect {
  const control = new MailControl(host, 'dovecot');
  return {
    title: 'Dovecot',
    spelling: {
      notice:
        'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0021-mail-servers.md says why.',
      include: (path) => `!include ${path}`,
    },
    shardOf: mailShardOf,
    answersAt: (key) => mailAnswersAt(key, mail),
    // Its own test reads no certificate: the process that would greet a client ends over one that OpenSSL refuses.
    refusal: ({ chain, key }) => opensslRefusal(chain, key),
    survey: async () => {
      const found = await control.survey(readSurvey);
      if (!found.ok) return found;
      const build = readBuild(found.value);
      if (!build.ok) return build;
      const refuse = (detail: string) => err(problem('SERVER_REFUSED', { detail }));
      if (found.value.ssl === 'no') return refuse('its ssl is off');
      if (found.value.ownCertificate === '') return refuse('it has no ssl_cert of its own, for those who name no site of ours');
      const wording = { tree, mail };
      return ok({
        capabilities: { software: 'Dovecot', ...build.value, changesWithoutReload: false },
        runs: found.value.runs,
        foundation: renderFoundation(wording),
        renderSites: (sites) => renderSites(sites, wording),
        disagreement: (sites) => mailDisagreement(sites, MOST_CERTIFICATES, 'Dovecot'),
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const foreign = await control.test(generation, readForeign);
      if (!foreign.ok) return foreign;
      const detail = 'its ssl_cert for all is a certificate of a site of ours: strangers would be shown it';
      return ok({
        hidden: foreign.value.ownCertificate.includes(`${tree}/`) ? [problem('SERVER_CONFIG_REFUSED', { detail })] : [],
        taken: (keys) => taken(keys, foreign.value.names, mainConfiguration),
      });
    },
    adopt: (fence) => control.do('adopt', fence),
    reload: (fence) => control.do('reload', fence),
  };
}

function readSurvey(value: unknown) {
  const it = record(value, 'survey', ['version', 'tlsLibrary', 'ssl', 'ownCertificate', 'runs']);
  return {
    version: text(it.version, 'version', 1024),
    tlsLibrary: text(it.tlsLibrary, 'tlsLibrary', 100),
    ssl: text(it.ssl, 'ssl', 100),
    ownCertificate: text(it.ownCertificate, 'ownCertificate', 4096),
    runs: boolean(it.runs, 'runs'),
  };
}

function readForeign(value: unknown) {
  const it = record(value, 'foreign', ['names', 'ownCertificate']);
  return {
    names: list(it.names, 'names', Number.MAX_SAFE_INTEGER, (name, where) => text(name, where, 1024)),
    ownCertificate: text(it.ownCertificate, 'ownCertificate', 4096),
  };
}
