/** Strict-Transport-Security as a browser reads it (RFC 6797 6.1, 8.1). */
export type Hsts = { readonly maxAge: number } | { readonly malformed: string };

/** Of several headers the first alone counts. */
export function readHsts(header: string): Hsts {
  const directives = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const names = directives.map((directive) => directive.split('=')[0]!.trim().toLowerCase());
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated !== undefined) return { malformed: `${repeated} comes twice` };
  const bad = directives.find((directive) => !DIRECTIVE.test(directive));
  if (bad !== undefined) return { malformed: `"${bad.slice(0, 40)}" is no directive` };
  const age = directives.map((directive) => MAX_AGE.exec(directive)?.[1]).find((digits) => digits !== undefined);
  return age === undefined ? { malformed: 'max-age is missing, or is no number of seconds' } : { maxAge: Number(age) };
}

/** token [ "=" ( token | quoted-string ) ] */
const DIRECTIVE = /^[\w!#$%&'*+.^`|~-]+\s*(=\s*([\w!#$%&'*+.^`|~-]+|"[^"]*")\s*)?$/;
const MAX_AGE = /^max-age\s*=\s*"?(\d{1,15})"?\s*$/i;
