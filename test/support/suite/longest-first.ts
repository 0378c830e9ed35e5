import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** What takes longest is begun first, so that the last workers end together: whole stories and the lab, then real servers, then the rest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => rank(a.moduleId) - rank(b.moduleId) || a.moduleId.localeCompare(b.moduleId));
  }
}

const ORDER = [
  /journey\/(kill-matrix|many-orders|never-worse|start|started|demo|repair)\./,
  /\/(journey|lab)\//,
  /\/contract\//,
  /\/api\//,
];

function rank(file: string): number {
  const found = ORDER.findIndex((pattern) => pattern.test(file));
  return found < 0 ? ORDER.length : found;
}
