/** The story that `npm run demo` tells, told to nobody: it throws where something of it does not hold. */
import { Narrator } from '../../demo/narrator.js';
import { startPlatform } from '../../demo/platform.js';
import { tellStory } from '../../demo/story.js';
import { startWorld } from '../../demo/world.js';
import { unpainted } from '../../src/cli/terminal.js';
import type { PebbleOptions } from './acme/pebble.js';

/** All that was said. */
export async function playDemo(options: PebbleOptions = {}): Promise<string> {
  const lines: string[] = [];
  const say = (...said: readonly string[]) => void lines.push(...said);
  const narrator = new Narrator({
    json: false,
    paint: unpainted,
    width: 100,
    say,
    progress: () => undefined,
    document: () => undefined,
    fail: () => undefined,
  });
  const world = await startWorld(options);
  try {
    const platform = await startPlatform(world.variables);
    try {
      await tellStory(world, platform, narrator);
    } finally {
      await platform.stop();
    }
  } catch (error) {
    throw new Error(`${(error as Error).message}\nbefore that it said:\n${lines.join('\n')}`, { cause: error });
  } finally {
    await world.stop();
  }
  return lines.join('\n');
}
