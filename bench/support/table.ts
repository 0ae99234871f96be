/** Results as tables that can be pasted into a document. */
import { cpus, loadavg } from 'node:os';

/** The machine, and whether others were at work on it: figures of a busy one are good for ratios only. */
export function describeMachine(): string {
  const load = loadavg()[0] ?? 0;
  const [first] = cpus();
  return `Node.js ${process.versions.node}, ${cpus().length} x ${first?.model.trim()}, load ${load.toFixed(1)}`;
}

/** Prints a table; its first column is text, the others are figures. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  for (const row of [head, rule, ...rows]) console.log(line(row));
}

/** A whole number, in groups of three digits. */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A number of headers a second, to three digits that may be trusted. */
export function rate(headers: number, seconds: number): string {
  const digits = 10 ** Math.max(0, Math.floor(Math.log10(headers / seconds)) - 2);
  return count(Math.round(headers / seconds / digits) * digits);
}
