/** Plain values as an indented list of fields. */

import type { Plain } from './plain.ts';

/** Lines of text, each field on its own, lists with their positions. */
export function plainLines(value: Plain, indent = ''): string[] {
  if (!isBranch(value)) return [`${indent}${leaf(value)}`];
  const entries = Array.isArray(value)
    ? value.map((item: Plain, i): readonly [string, Plain] => [String(i), item])
    : Object.entries(value);
  const leaves = entries.filter(([, item]) => !isBranch(item) || isEmpty(item));
  const width = Math.max(0, ...leaves.map(([name]) => name.length));
  return entries.flatMap(([name, item]) => {
    if (isBranch(item) && !isEmpty(item)) return [`${indent}${name}`, ...plainLines(item, `${indent}  `)];
    return [`${indent}${name.padEnd(width)}  ${isBranch(item) ? 'none' : leaf(item)}`];
  });
}

type Branch = readonly Plain[] | { readonly [name: string]: Plain };

function isBranch(value: Plain): value is Branch {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: Branch): boolean {
  return Object.keys(value).length === 0;
}

/** A stranger's text is shown without what could steer a terminal. */
function leaf(value: string | number | boolean | null): string {
  if (value === null) return 'none';
  return value === '' ? '(empty)' : String(value).replace(/[^ -~]/g, '?');
}
