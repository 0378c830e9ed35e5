/** Which platform a command talks to, and with what: from the options, or from the HOSTSEAL_HOME of this machine. */
import fs from 'node:fs';
import path from 'node:path';
import { makeDialer, type Dialer } from '../../adapters/network/dialing/dialer.js';
import { makeResolver } from '../../adapters/network/dialing/resolver.js';
import { findHome, INSTANCE_ID_FILE, type HomeLayout } from '../../platform/config/home-layout.js';
import type { Config } from '../../platform/config/config.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { err, ok, type Result } from '../../values/result.js';
import { toPem } from '../../values/pem.js';
import { Secret } from '../../values/secret.js';
import type { PlatformOptions } from '../command-line.js';
import { EXIT, type Failure } from '../exit-codes.js';
import { readFile, readRoots, reasonOf } from '../files.js';
import { told } from '../told-problem.js';

export type Platform = {
  /** Of the GraphQL endpoint. */
  readonly url: URL;
  readonly token: Secret;
  /** PEM, trusted beside the public ones. */
  readonly roots: readonly string[];
  readonly dialer: Dialer;
};

/** The caller names the platform himself, so that there is nobody to guard against. */
export const openDialer: Dialer = makeDialer({ guard: { allows: () => true }, resolver: makeResolver({ servers: [] }) });

export function remotePlatform(options: PlatformOptions & { readonly url: URL; readonly tokenFile: string }): Result<Platform, Failure> {
  return withFiles(options.url, options.tokenFile, options.caFile ? [options.caFile] : [], openDialer);
}

/** `options` may name another token, or one more root. */
export function localPlatform(config: Config, { tokenFile, caFile }: PlatformOptions): Result<Platform, Failure> {
  const home = findOpenHome(config);
  if (!home.ok) return home;
  if (config.role !== 'all') {
    const detail = `the role ${config.role} has no edge to call the API through; name it with --url and --token-file`;
    return failure(EXIT.USAGE, problem('COMMAND_LINE_INVALID', { detail }));
  }
  const { adminTokenFile } = home.value;
  const rootFile = rootFileOf(home.value);
  const rootFiles = [...(fs.existsSync(rootFile) ? [rootFile] : []), ...(caFile ? [caFile] : [])];
  const url = new URL(`https://${config.hostname}:${config.httpsPort}/graphql`);
  return withFiles(url, tokenFile ?? adminTokenFile, rootFiles, edgeDialer(config));
}

/** NEVER_STARTED, or FILE_UNREADABLE where it belongs to another user. */
export function findOpenHome(config: Config): Result<HomeLayout, Failure> {
  try {
    fs.accessSync(path.join(config.home, INSTANCE_ID_FILE), fs.constants.R_OK);
  } catch (error) {
    const nothingThere = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (!nothingThere) return failure(EXIT.USAGE, problem('FILE_UNREADABLE', { file: config.home, detail: reasonOf(error) }));
  }
  const layout = findHome(config);
  return layout ? ok(layout) : failure(EXIT.OUT_OF_REACH, problem('NEVER_STARTED', { folder: config.home }));
}

/** The built-in CA's root, which each start writes. */
export const rootFileOf = (layout: HomeLayout): string => path.join(layout.home, 'root.pem');

/** Whatever the panel's name is, and whether DNS knows it or not: the addresses that the edge listens on. */
function edgeDialer({ listen, httpsPort }: Config): Dialer {
  return {
    async connect(_, options) {
      const [first, ...others] = listen.map((address) => ({ address, port: httpsPort }));
      let connected = await openDialer.connect(first!, options);
      for (const endpoint of others) {
        if (connected.ok) break;
        connected = await openDialer.connect(endpoint, options);
      }
      return connected;
    },
  };
}

function withFiles(url: URL, tokenFile: string, rootFiles: readonly string[], dialer: Dialer): Result<Platform, Failure> {
  const token = readToken(tokenFile);
  if (!token.ok) return failure(EXIT.USAGE, token.problem);
  const roots: string[] = [];
  for (const file of rootFiles) {
    const pem = readRoots(file);
    if (!pem.ok) return failure(EXIT.USAGE, pem.problem);
    roots.push(...pem.value.map((der) => toPem('CERTIFICATE', der)));
  }
  return ok({ url, token: token.value, roots, dialer });
}

/** What is in it is never said, right or wrong. */
function readToken(file: string): Result<Secret> {
  const text = readFile(file);
  if (!text.ok) return text;
  const token = text.value.trim();
  return /^[A-Za-z0-9_-]{16,128}$/.test(token)
    ? ok(Secret.of(token))
    : err(problem('FILE_UNREADABLE', { file, detail: 'there is no API token in it' }));
}

const failure = (exitCode: Failure['exitCode'], cause: Problem) => err<Failure>({ exitCode, problem: told(cause) });
