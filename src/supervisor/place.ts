/** What every service is started with. */
import type { Config } from '../platform/config/config.js';
import type { HomeLayout } from '../platform/config/home-layout.js';
import type { Clock } from '../values/clock.js';
import type { Random } from '../values/random.js';

export type Place = {
  readonly variables: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly layout: HomeLayout;
  readonly clock: Clock;
  readonly random: Random;
  /** Of the sockets of the helper that root has started; absent where it has not. */
  readonly helperFolder?: string;
};
