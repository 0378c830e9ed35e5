/** JSON that moves no cursor of a terminal that it is shown on, and turns no line round; read again it is the same value. */

/** Those of `harmless` that JSON.stringify leaves as they are: C1 controls and DEL, line separators, the direction marks of Unicode. */
const OBEYED = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export const printable = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(OBEYED, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
