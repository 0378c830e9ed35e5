import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepRunning, type Ending, type Service } from '../../../src/supervisor/keep-running.js';
import { problem, type Problem } from '../../../src/values/problems/problem.js';
import { err, ok, unwrap, type Result } from '../../../src/values/result.js';

const patient = new AbortController().signal;

/** A service that ends when it is told to; `stop` is noted, and ends it too. It works when it is told to, or from its start on. */
class Fake implements Service {
  stopped = false;
  readonly ready: Promise<void>;
  readonly ended: Promise<Ending>;
  works!: () => void;
  die!: (how: string, problem?: Problem) => void;

  constructor(worksAtOnce: boolean) {
    this.ready = new Promise((resolve) => (this.works = resolve));
    if (worksAtOnce) this.works();
    this.ended = new Promise((resolve) => (this.die = (how, told) => resolve({ how, ...(told && { problem: told }) })));
  }

  stop(): Promise<void> {
    this.stopped = true;
    this.die('stopped');
    return Promise.resolve();
  }
}

describe('a service that is kept running', () => {
  let made: Fake[];
  let waited: number[];
  const noWait = (ms: number) => {
    waited.push(ms);
    return Promise.resolve();
  };
  const started = (worksAtOnce: boolean) => (): Promise<Result<Service>> => {
    made.push(new Fake(worksAtOnce));
    return Promise.resolve(ok(made.at(-1)!));
  };
  const start = started(true);
  const inUse = problem('PORT_IN_USE', { address: '127.0.0.1', port: 443, variable: 'HOSTSEAL_HTTPS_PORT' });
  const complaints = () => vi.mocked(process.stderr.write).mock.calls.map(([line]) => String(line));

  beforeEach(() => {
    made = [];
    waited = [];
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  });
  afterEach(() => vi.restoreAllMocks());

  it('is not kept where it does not even start: the problem is for the person at the screen', async () => {
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

  it('is started again for ever once it has worked, at once at first, then after growing pauses', async () => {
    const kept = unwrap(await keepRunning('It', start, noWait));
    for (let life = 1; life <= 12; life++) {
      await vi.waitFor(() => expect(made).toHaveLength(life));
      made[life - 1]?.die(`exit ${life}`);
    }
    await vi.waitFor(() => expect(made).toHaveLength(13));
    expect(waited).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60].map((seconds) => seconds * 1000));
    await kept.stop(patient);
    expect(await kept.failed).toBeUndefined();
  });

  it('that dies at once, over and over, is told in one line with a code, and then tried in silence', async () => {
    const kept = unwrap(await keepRunning('It', start, noWait));
    for (let life = 1; life <= 6; life++) {
      await vi.waitFor(() => expect(made).toHaveLength(life));
      made[life - 1]?.die(`exit ${life}`);
    }
    await vi.waitFor(() => expect(made).toHaveLength(7));
    expect(complaints()).toEqual([
      expect.stringMatching(/^It ended 3 times in a row, the last time with exit 3\..*\[SERVICE_KEEPS_DYING\]\n$/),
    ]);
    expect(process.stdout.write).toHaveBeenCalledTimes(2);
    await kept.stop(patient);
  });

  it('is given up when it ends three times before it has ever worked, with what it ended with', async () => {
    const dying = async (): Promise<Result<Service>> => {
      const life = await started(false)();
      made.at(-1)?.die(`exit ${made.length}`);
      return life;
    };
    const kept = unwrap(await keepRunning('It', dying, noWait));
    expect(await kept.failed).toEqual(problem('SERVICE_KEEPS_DYING', { service: 'It', times: 3, detail: 'exit 3' }));
    expect(made).toHaveLength(3);
  });

  it('is given up at once when it says why it cannot work, before it has ever worked', async () => {
    const kept = unwrap(await keepRunning('It', started(false), noWait));
    made[0]?.die('exit 1', inUse);
    expect(await kept.failed).toEqual(inUse);
    expect(made).toHaveLength(1);
  });

  it('that has worked is tried again also when it cannot be started, or its start throws', async () => {
    const full = () => Promise.reject(new Error('ENOSPC: no space left on device'));
    const starts = [start, () => Promise.resolve(err(inUse)), full, start];
    const kept = unwrap(await keepRunning('It', () => starts.shift()!(), noWait));
    made[0]?.die('exit 1');
    await vi.waitFor(() => expect(made).toHaveLength(2));
    expect(process.stdout.write).toHaveBeenNthCalledWith(
      2,
      'It ended unexpectedly (127.0.0.1 port 443 is in use by another process); starting it again.\n',
    );
    expect(complaints()).toEqual([expect.stringContaining('It could not be started: ENOSPC')]);
    await kept.stop(patient);
  });

  it('whose first start throws is not kept: what was thrown is said', async () => {
    const full = () => Promise.reject(new Error('ENOSPC: no space left on device'));
    const detail = 'ENOSPC: no space left on device';
    expect(await keepRunning('It', full, noWait)).toEqual(err(problem('SERVICE_NOT_STARTED', { service: 'It', detail })));
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
