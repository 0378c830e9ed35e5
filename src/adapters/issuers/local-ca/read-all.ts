import type { MemberState } from '../../member-state.js';

const PAGE = 500;

/** Everything below a prefix, page by page. For registers that one installation fills slowly. */
export async function readAll<T>(state: MemberState, prefix: string): Promise<{ key: string; body: T }[]> {
  const all: { key: string; body: T }[] = [];
  for (;;) {
    const page = await state.list<T>(prefix, PAGE, all.at(-1)?.key);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}
