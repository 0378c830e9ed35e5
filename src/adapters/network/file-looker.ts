/**
 * Looks for the files that show control of names before a CA does: at every kind of address that a name has, each of them apart, since nobody
 * knows which of them a CA will take. Within one time for all: how many names there are is a stranger's choice.
 */
import type { Hostname } from '../../values/hostname.js';
import { ipVersion, type IpAddress } from '../../values/ip-address.js';
import { problem, type Problem } from '../../values/problems/problem.js';
import { Deadline, withDeadline } from './dialing/deadline.js';
import { lookAtFile, type HttpFile } from './http/http-file.js';
import type { HttpClient } from './http/https.js';
import { Limit } from '../limit.js';
import type { Resolver } from './dialing/resolver.js';

export type Sighting = {
  readonly name: Hostname;
  /** Absent where the name led to none, or was not looked up any more. */
  readonly address?: IpAddress;
  /** Why the file was not seen. Absent where it was. */
  readonly cause?: Problem;
};

export interface FileLooker {
  /** For each name and address one sighting, `port` being where plain HTTP is spoken. CHALLENGE_FILE_NOT_CHECKED where the time was over before its turn. */
  look(files: readonly (HttpFile & { readonly name: Hostname })[], port: number): Promise<readonly Sighting[]>;
}
/** Nest token. */
export const FILE_LOOKER = Symbol('FileLooker');

/** For all names: a worker waits for it. */
const ALL_MS = 5_000;
/** For one name at one address: a CA does not wait longer than 10 s (boulder's VA), and a healthy server answers in a hundredth of it. */
const ONE_MS = 3_000;
/** Names at a time. */
const AT_ONCE = 20;
/** Addresses of each kind: where the first two show the file, a third seldom is another server. */
const OF_A_KIND = 2;

export function makeFileLooker({ resolver, http }: { readonly resolver: Resolver; readonly http: HttpClient }): FileLooker {
  const lookAtName = async (file: HttpFile & { readonly name: Hostname }, port: number, deadline: Deadline): Promise<Sighting[]> => {
    const { name } = file;
    const late = problem('CHALLENGE_FILE_NOT_CHECKED', { name, detail: 'there was no time left to look' }, { subject: name });
    if (deadline.remainingMs === 0) return [{ name, cause: late }];
    const found = await withDeadline(resolver.addresses(name), deadline.remainingMs);
    if (found === 'TIMED_OUT') return [{ name, cause: late }];
    if (!found.ok) return [{ name, cause: found.problem }];
    return Promise.all(
      someOfEachKind(found.value).map(async (address) => {
        const timeoutMs = Math.max(1, Math.min(ONE_MS, deadline.remainingMs));
        return { name, address, cause: await lookAtFile(http, file, { port, address, timeoutMs }) };
      }),
    );
  };
  return {
    async look(files, port) {
      const deadline = new Deadline(ALL_MS);
      const limit = new Limit(AT_ONCE);
      const sightings = await Promise.all(files.map((file) => limit.run(() => lookAtName(file, port, deadline))));
      return sightings.flat();
    },
  };
}

const someOfEachKind = (addresses: readonly IpAddress[]): readonly IpAddress[] =>
  ([4, 6] as const).flatMap((version) => addresses.filter((address) => ipVersion(address) === version).slice(0, OF_A_KIND));
