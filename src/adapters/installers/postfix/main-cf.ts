/** The one setting by which a foreign main.cf serves what Hostseal keeps. Everything else in it stays, octet for octet (postconf(5)). */

export const SETTING = 'tls_server_sni_maps';

type Definition = { readonly value: string; readonly end: number };

/** Is the table one of those of the setting? */
export const leadsTo = (text: string, table: string): boolean => tables(definitionOf(text)?.value ?? '').includes(table);

/** With the table behind those that are there already, which go on answering as they did; the same text where it has it. */
export function withTable(text: string, table: string): string {
  const definition = definitionOf(text);
  if (tables(definition?.value ?? '').includes(table)) return text;
  if (definition) {
    const separator = tables(definition.value).length > 0 ? ', ' : ' ';
    return `${text.slice(0, definition.end)}${separator}${table}${text.slice(definition.end)}`;
  }
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${SETTING} = ${table}\n`;
}

const tables = (value: string): readonly string[] => value.split(/[\s,]+/).filter(Boolean);

/**
 * The last one counts. It goes on over lines that begin with a space; comments and empty lines in between have no part in it. `end`: behind its
 * last character.
 */
function definitionOf(text: string): Definition | undefined {
  let found: Definition | undefined;
  let isOpen = false;
  let start = 0;
  for (const line of text.split('\n')) {
    const content = line.trimEnd();
    const end = start + content.length;
    start += line.length + 1;
    if (content === '' || /^\s*#/.test(content)) continue;
    if (!/^\s/.test(line)) {
      const [, value] = new RegExp(`^${SETTING}\\s*=(.*)$`).exec(content) ?? [];
      isOpen = value !== undefined;
      if (value !== undefined) found = { value, end };
    } else if (isOpen && found) {
      found = { value: `${found.value} ${content}`, end };
    }
  }
  return found;
}
