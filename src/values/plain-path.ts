/**
 * An absolute path that is one plain word to whatever reads it, a configuration language or a shell: no quote, no space, no variable, no
 * hidden name, no `..`. For paths that are written into the configuration of other programs.
 */
const PLAIN_PATH = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

export const isPlainPath = (text: string): boolean => PLAIN_PATH.test(text);
