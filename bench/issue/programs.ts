/** The peers that are programs (bench/parts.sh): each in the way its users run it, with a P-256 key for each certificate. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../test/support/suite/wait-for.js';
import { placeAt, type Contestant, type Cost, type Place } from './contestant.js';

const UNPACKED = path.join(import.meta.dirname, '../.parts/usr/bin');
const PROGRAMS = {
  certbot: { path: '/usr/bin/certbot', versionOf: ['--version'], start: eachByItself(certbot) },
  lego: { path: path.join(UNPACKED, 'lego'), versionOf: ['--version'], start: eachByItself(lego) },
  Caddy: { path: path.join(UNPACKED, 'caddy'), versionOf: ['version'], start: allAtOnce(caddy, caddyStored) },
  'Apache mod_md': { path: '/usr/sbin/apache2', versionOf: ['-v'], start: allAtOnce(modMd, modMdStored) },
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/** Undefined where it is missing. */
export async function startProgram(name: ProgramName): Promise<Contestant | undefined> {
  const { path: program, versionOf, start } = PROGRAMS[name];
  if (!fs.existsSync(program)) return undefined;
  const [version = ''] = /\d+(\.\d+)+/.exec(execFileSync(program, versionOf, { encoding: 'utf8' })) ?? [];
  return start(`${name} ${version}`, await placeAt());
}

type Command = { readonly program: readonly string[]; readonly env?: Readonly<Record<string, string>> };
/** For all names of a round. */
const LIMIT_MS = 180_000;

type Start = (name: string, place: Place) => Promise<Contestant>;

/** One process for each name, one after the other: they would meet at their lock and their port. The account is made before. */
function eachByItself(command: (place: Place, name: string) => Command): Start {
  return async (name, place) => {
    await run(command(place, 'account.bench.test'), place).ended;
    return {
      name: `${name}, a process for each`,
      issue: async (names) => {
        const total = { wallMs: 0, cpuMs: 0 };
        for (const each of names) {
          const { wallMs, cpuMs } = await run(command(place, each), place).ended;
          total.wallMs += wallMs;
          total.cpuMs += cpuMs;
        }
        return total;
      },
      issued: () => place.pebble.certificates().length,
      stop: place.leave,
    };
  };
}

/** One process that is configured with all names, from its start until everything is stored. A fresh store each round. */
function allAtOnce(
  configure: (place: Place, store: string, names: readonly string[]) => Command,
  stored: (store: string) => number,
): Start {
  return async (name, place) => {
    let rounds = 0;
    return {
      name: `${name}, one configuration`,
      issue: async (names) => {
        const store = path.join(place.folder, `store${rounds++}`);
        fs.mkdirSync(store);
        const begun = performance.now();
        const running = run(configure(place, store, names), place);
        const failed = running.ended.then(() => Promise.reject(new Error(`${name} ended before it was done`)));
        failed.catch(() => undefined);
        let wallMs = 0;
        try {
          await Promise.race([waitFor(`${name} to store all`, async () => stored(store) >= names.length, LIMIT_MS), failed]);
          wallMs = performance.now() - begun;
        } finally {
          running.stop();
        }
        return { wallMs, cpuMs: (await running.ended).cpuMs };
      },
      issued: () => place.pebble.certificates().length,
      stop: place.leave,
    };
  };
}

/** Under a shell that outlives the program, to tell the processor time of it and of all its children (`times`, POSIX). */
function run({ program, env }: Command, { folder }: Place): { readonly ended: Promise<Cost>; stop(): void } {
  const log = fs.openSync(path.join(folder, 'log'), 'a');
  const begun = performance.now();
  const shell = spawn('/bin/sh', ['-c', 'trap : TERM; "$@" >&2; times', 'sh', ...program], {
    env: { ...process.env, HOME: folder, ...env },
    stdio: ['ignore', 'pipe', log],
    detached: true,
  });
  fs.closeSync(log);
  const ended = async () => {
    const [text] = await Promise.all([shell.stdout!.toArray(), once(shell, 'exit')]);
    const wallMs = performance.now() - begun;
    const [, children = ''] = Buffer.concat(text).toString().trim().split('\n');
    const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
    if (parts.length !== 2) throw new Error(`no times: ${fs.readFileSync(path.join(folder, 'log'), 'utf8').slice(-2_000)}`);
    return { wallMs, cpuMs: parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000, 0) };
  };
  return { ended: ended(), stop: () => void process.kill(-shell.pid!, 'SIGTERM') };
}

function certbot({ pebble, folder, rootFile, httpPort }: Place, name: string): Command {
  const folders = ['config', 'work', 'logs'].flatMap((kind) => [`--${kind}-dir`, path.join(folder, kind)]);
  const how = ['--standalone', '--http-01-port', `${httpPort}`, '--key-type', 'ecdsa', '--server', pebble.directoryUrl];
  const quiet = ['--non-interactive', '--agree-tos', '--register-unsafely-without-email', '--quiet'];
  return { program: [PROGRAMS.certbot.path, 'certonly', ...how, ...folders, ...quiet, '-d', name], env: { REQUESTS_CA_BUNDLE: rootFile } };
}

function lego({ pebble, folder, rootFile, httpPort }: Place, name: string): Command {
  const account = ['--server', pebble.directoryUrl, '--email', 'admin@bench.test', '--accept-tos', '--path', path.join(folder, 'lego')];
  const how = ['--key-type', 'ec256', '--http', '--http.port', `127.0.0.1:${httpPort}`, '--domains', name];
  return { program: [PROGRAMS.lego.path, ...account, ...how, 'run'], env: { LEGO_CA_CERTIFICATES: rootFile } };
}

function caddy({ pebble, rootFile, httpPort }: Place, store: string, names: readonly string[]): Command {
  const challenges = { http: { alternate_port: httpPort }, 'tls-alpn': { disabled: true } };
  const issuer = { module: 'acme', ca: pebble.directoryUrl, trusted_roots_pem_files: [rootFile], challenges };
  const automation = { policies: [{ issuers: [issuer], key_type: 'p256' }] };
  const config = {
    admin: { disabled: true },
    storage: { module: 'file_system', root: store },
    apps: { tls: { certificates: { automate: names }, automation } },
  };
  const file = path.join(store, 'caddy.json');
  fs.writeFileSync(file, JSON.stringify(config));
  return { program: [PROGRAMS.Caddy.path, 'run', '--config', file] };
}
function caddyStored(store: string): number {
  return filesBelow(path.join(store, 'certificates'), (file) => file.endsWith('.crt'));
}

const MODULES = '/usr/lib/apache2/modules';

function modMd({ pebble, rootFile, httpPort }: Place, store: string, names: readonly string[]): Command {
  const modules = ['mpm_event', 'authz_core', 'unixd', 'md', 'ssl', 'watchdog', 'socache_shmcb'];
  // Of these, Debian builds some into the program.
  const loaded = modules.filter((name) => fs.existsSync(`${MODULES}/mod_${name}.so`));
  const config = [
    ...loaded.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `ServerRoot ${store}`,
    `DefaultRuntimeDir ${store}`,
    `PidFile ${store}/pid`,
    `ErrorLog ${store}/error.log`,
    'User www-data',
    'Group www-data',
    'ServerName panel.bench.test',
    'ServerAdmin admin@bench.test',
    `Listen 127.0.0.1:${httpPort}`,
    `MDStoreDir ${store}/md`,
    `MDCertificateAuthority ${pebble.directoryUrl}`,
    `MDCACertificateFile ${rootFile}`,
    'MDCertificateAgreement accepted',
    'MDContactEmail admin@bench.test',
    'MDPrivateKeys secp256r1',
    'MDRenewMode always',
    'MDCAChallenges http-01',
    `MDPortMap http:${httpPort} https:-`,
    ...names.map((name) => `MDomain ${name}`),
  ];
  const file = path.join(store, 'apache.conf');
  fs.writeFileSync(file, `${config.join('\n')}\n`);
  return { program: [PROGRAMS['Apache mod_md'].path, '-f', file, '-D', 'FOREGROUND'] };
}
function modMdStored(store: string): number {
  return filesBelow(path.join(store, 'md/staging'), (file) => /\/pubcert[^/]*\.pem$/.test(file));
}

function filesBelow(folder: string, counts: (file: string) => boolean): number {
  if (!fs.existsSync(folder)) return 0;
  return fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => counts(`/${file}`)).length;
}
