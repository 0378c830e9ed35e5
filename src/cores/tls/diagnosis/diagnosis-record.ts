/** Diagnoses as JSON, the way they are stored: read back whole, or not at all. */
import { parseIpAddress } from '../../../values/ip-address.js';
import { integer, list, normal, oneOf, optional, read, readShape, shape, type Read } from '../../../values/json-shape.js';
import { keepable, problem } from '../../../values/problems/problem.js';
import { err, ok, type Result } from '../../../values/result.js';
import { CAUSES, REPAIRS, SEVERITIES, WHO_ACTS, type Cause, type Diagnosis } from './diagnosis.js';

export const toRecord = ({ evidence, ...diagnosis }: Diagnosis): unknown => ({
  ...diagnosis,
  evidence: Object.fromEntries(Object.entries(evidence).map(([name, fact]) => [name, keepable(fact)])),
});

/** INVALID_INPUT for whatever `toRecord` could not have written; also for a cause that this version does not know. */
export const fromRecord = (record: unknown): Result<Diagnosis> => readShape(() => readDiagnosis(record, 'diagnosis'));

const MAX_LIST = 1_000;

const cause: Read<Cause> = (value, where) => oneOf(value, where, CAUSES);
const place = shape<Diagnosis['where'][number]>({
  address: (value, where) => normal(value, where, parseIpAddress),
  port: (value, where) => integer(value, where, 1, 65_535),
});
const isFact = (value: unknown): value is string | number => typeof value === 'string' || Number.isFinite(value);
const evidence: Read<Diagnosis['evidence']> = (value, where) =>
  read(value, where, (facts) =>
    typeof facts === 'object' && facts !== null && Object.values(facts).every(isFact)
      ? ok(facts as Diagnosis['evidence'])
      : err(problem('INVALID_INPUT')),
  );

const readDiagnosis = shape<Diagnosis>({
  cause,
  severity: (value, where) => oneOf(value, where, SEVERITIES),
  whoActs: (value, where) => oneOf(value, where, WHO_ACTS),
  where: (value, where) => list(value, where, MAX_LIST, place),
  evidence,
  repair: optional((value, where) => oneOf(value, where, REPAIRS)),
  alsoSeen: (value, where) => list(value, where, MAX_LIST, cause),
});
