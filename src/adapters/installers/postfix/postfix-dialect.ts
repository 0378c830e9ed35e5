/** Postfix, as the engine speaks with it (generations/dialect.ts). */
import { boolean, list, record, text } from '../../../values/json-shape.js';
import { problem } from '../../../values/problems/problem.js';
import { err, ok } from '../../../values/result.js';
import type { Host } from '../../hosts/host.js';
import { opensslRefusal } from '../../network/openssl-refusal.js';
import type { Dialect } from '../generations/dialect.js';
import { MailControl } from '../generations/mail/mail-control.js';
import { mailAnswersAt, mailDisagreement, mailShardOf } from '../generations/mail/mail-sites.js';
import type { MailListener } from '../installer.js';
import { readBuild } from './postfix-build.js';
import type { PostfixPlace } from './postfix-place.js';
import { MOST_CERTIFICATES, renderFoundation, renderSites } from './render.js';

type PostfixHere = { readonly host: Host; readonly place: PostfixPlace; readonly mail: readonly MailListener[] };

export function postfixDialect({ host, place: { tree }, mail }: PostfixHere): Dialect {
  const control = new MailControl(host, 'postfix');
  return {
    title: 'Postfix',
    spelling: {
      notice:
        'Hostseal writes this file and everything beside it. Changes by hand are refused; docs/decisions/0021-mail-servers.md says why.',
    },
    shardOf: mailShardOf,
    answersAt: (key) => mailAnswersAt(key, mail),
    // It looks at a certificate when a client asks for it, and sends that client away over one that OpenSSL refuses.
    refusal: ({ chain, key }) => opensslRefusal(chain, key),
    survey: async () => {
      const found = await control.survey(readSurvey);
      if (!found.ok) return found;
      const { ownCertificates, runs } = found.value;
      const build = readBuild(found.value);
      if (!build.ok) return build;
      if (ownCertificates.length === 0) {
        const detail = 'it has no certificate of its own (smtpd_tls_chain_files), without which it offers no TLS';
        return err(problem('SERVER_REFUSED', { detail }));
      }
      const wording = { tree, mail };
      return ok({
        capabilities: { software: 'Postfix', ...build.value, changesWithoutReload: false },
        runs,
        foundation: renderFoundation(wording),
        renderSites: (sites) => renderSites(sites, wording),
        disagreement: (sites) => mailDisagreement(sites, MOST_CERTIFICATES, 'Postfix'),
      });
    },
    adopted: () => control.adopted(),
    test: async (generation) => {
      const foreign = await control.test(generation, readForeign);
      if (!foreign.ok) return foreign;
      const ours = foreign.value.find((path) => path.startsWith(`${tree}/`));
      const detail = 'its certificate for all is one of a site of ours: strangers would be shown it';
      // Tables of theirs are asked first, and can be of any kind: whether a name is in one only a handshake tells.
      return ok({ hidden: ours === undefined ? [] : [problem('SERVER_CONFIG_REFUSED', { detail })], taken: () => [] });
    },
    adopt: (fence) => control.do('adopt', fence),
    reload: (fence) => control.do('reload', fence),
  };
}

function readSurvey(value: unknown) {
  const it = record(value, 'survey', ['version', 'tlsLibrary', 'ownCertificates', 'runs']);
  return {
    version: text(it.version, 'version', 1024),
    tlsLibrary: text(it.tlsLibrary, 'tlsLibrary', 100),
    ownCertificates: readPaths(it.ownCertificates, 'ownCertificates'),
    runs: boolean(it.runs, 'runs'),
  };
}

const readForeign = (value: unknown): readonly string[] =>
  readPaths(record(value, 'foreign', ['ownCertificates']).ownCertificates, 'ownCertificates');

const readPaths = (value: unknown, where: string): readonly string[] => list(value, where, 100, (path) => text(path, where, 4096));
