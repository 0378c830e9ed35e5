import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepRunning, type Service } from '../../../src/supervisor/keep-running.js';
import { problem } from '../../../src/values/problems/problem.js';
import { err, ok, unwrap, type Result } from '../../../src/values/result.js';

const noWait = () => Promise.resolve();
const patient = new AbortController().signal;

/** A service that ends when it is told to; `stop` is noted, and ends it too. */
class Fake implements Service {
  stopped = false;
  die!: (how: string) => void;
  readonly ended = new Promise<string>((resolve) => (this.die = resolve));

  stop(): Promise<void> {
    this.stopped = true;
    this.die('stopped');
    return Promise.resolve();
  }
}

describe('a service that is kept running', () => {
  let made: Fake[];
  const start = (): Promise<Result<Service>> => {
    made.push(new Fake());
    return Promise.resolve(ok(made.at(-1)!));
  };

  beforeEach(() => {
    made = [];
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => vi.restoreAllMocks());

  it('is not kept where it does not even start: the problem is for the person at the screen', async () => {
    const inUse = problem('PORT_IN_USE', { port: 443 });
    expect(await keepRunning('The edge', () => Promise.resolve(err(inUse)), noWait)).toEqual(err(inUse));
  });

  it('is stopped once when it is asked to stop, and not started again', async () => {
    const kept = unwrap(await keepRunning('It', start, noWait));
    await kept.stop(patient);
    expect(await kept.failed).toBeUndefined();
    expect(made.map(({ stopped }) => stopped)).toEqual([true]);
  });

  it('is started again when it ends unasked', async () => {
    const kept = unwrap(await keepRunning('It', start, noWait));
    made[0]?.die('exit 1');
    await vi.waitFor(() => expect(made).toHaveLength(2));
    expect(process.stdout.write).toHaveBeenCalledWith('It ended unexpectedly (exit 1); starting it again.\n');
    await kept.stop(patient);
    expect(made[1]?.stopped).toBe(true);
  });

  it('is given up when it ends three times in a row, with what it ended with', async () => {
    const dying = async (): Promise<Result<Service>> => {
      const started = await start();
      made.at(-1)?.die(`exit ${made.length}`);
      return started;
    };
    const kept = unwrap(await keepRunning('It', dying, noWait));
    expect(await kept.failed).toEqual(problem('SERVICE_KEEPS_DYING', { service: 'It', times: 3, detail: 'exit 3' }));
    expect(made).toHaveLength(3);
  });

  it('is given up when it cannot be started again, and each time says why', async () => {
    const inUse = err(problem('PORT_IN_USE', { address: '127.0.0.1', port: 443, variable: 'HOSTSEAL_HTTPS_PORT' }));
    const kept = unwrap(await keepRunning('It', () => (made.length === 0 ? start() : Promise.resolve(inUse)), noWait));
    made[0]?.die('exit 1');
    expect(await kept.failed).toMatchObject({ code: 'SERVICE_KEEPS_DYING', facts: { detail: 'it did not start' } });
    expect(process.stderr.write).toHaveBeenCalledTimes(2);
  });

  it('is stopped also when it is just being started again', async () => {
    const { promise: restarting, resolve: nowRestarting } = Promise.withResolvers<void>();
    const { promise: mayFinish, resolve: finishStart } = Promise.withResolvers<void>();
    const slow = async (): Promise<Result<Service>> => {
      if (made.length > 0) {
        nowRestarting();
        await mayFinish;
      }
      return start();
    };
    const kept = unwrap(await keepRunning('It', slow, noWait));
    made[0]?.die('exit 1');
    await restarting;
    const stopped = kept.stop(patient);
    finishStart();
    await stopped;
    expect(made.map((service) => service.stopped)).toEqual([false, true]);
  });
});
