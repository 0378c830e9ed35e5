/** STUB until part D's is merged. */
import type { Diagnosis } from './diagnosis.js';
export const tell = ({ cause }: Diagnosis) => ({ title: String(cause), explanation: String(cause), remedy: String(cause) });
