/** Connections at once: a few to each host, whoever asks, and no more in all than a process can well have. */
import { Limit } from '../../limit.js';

/** Scanners are banned above a handful; a shared server behind one address meets thousands of names in one round. */
const PER_HOST = 4;
/** Sockets of this process, over all hosts. */
const IN_ALL = 64;

export class HostLimits {
  readonly #hosts = new Map<string, Limit>();
  readonly #inAll = new Limit(IN_ALL);

  async run<T>(host: string, task: () => Promise<T>): Promise<T> {
    const limit = this.#hosts.get(host) ?? new Limit(PER_HOST);
    this.#hosts.set(host, limit);
    try {
      return await limit.run(() => this.#inAll.run(task));
    } finally {
      if (limit.idle) this.#hosts.delete(host);
    }
  }
}
