/** Keeps small what other programs write: PostgreSQL, the edge, and an API that crashes. The API's own log does so by itself. */
import path from 'node:path';
import type { HomeLayout } from '../platform/config/home-layout.js';
import { LOG_LIMITS, rotateInPlace } from '../platform/log/rotation.js';
import { say } from './problems.js';

/** Now, and every minute until this process ends. */
export function keepLogsSmall({ logs, edge }: HomeLayout): void {
  const files = [path.join(logs, 'postgresql.log'), path.join(logs, 'api-output.log'), path.join(edge, 'edge.log')];
  const told = new Set<string>();
  const look = () => {
    for (const file of files) {
      try {
        rotateInPlace(file, LOG_LIMITS);
        told.delete(file);
      } catch (error) {
        if (!told.has(file)) say(`${file} is large, and cannot be rotated: ${(error as Error).message}`);
        told.add(file);
      }
    }
  };
  look();
  setInterval(look, EVERY_MS).unref();
}

const EVERY_MS = 60_000;
