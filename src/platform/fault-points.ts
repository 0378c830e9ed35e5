/**
 * Named places between the steps of a piece of work, where a test build kills the process. The product reaches them and goes on:
 * what kills lives under test/ only.
 */
export interface FaultPoints {
  reached(name: string): Promise<void>;
}
/** Nest token. */
export const FAULT_POINTS = Symbol('FaultPoints');

export const noFaults: FaultPoints = { reached: () => Promise.resolve() };
