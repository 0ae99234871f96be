/** Rows of text under each other, as wide as the screen and no wider. */

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** Where the text stands in its column. Default: left. */
  readonly align?: 'left' | 'right';
  /** What may be left out when there is no room: the lowest first. A column without it stays. */
  readonly worth?: number;
  /** Cells longer than this may be cut, in their middle, before a column is left out. */
  readonly leastWidth?: number;
}

const GAP = '  ';
/** Stands for what was cut. */
const CUT = '..';

/**
 * The lines of a table, its titles first. Columns whose cells are all empty are left out.
 *
 * @param columns of the screen.
 */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  screenWidth: number,
): string[] {
  let kept = columns
    .map((column) => ({ column, cells: rows.map(column.cell) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  for (;;) {
    const widths = fit(kept, screenWidth);
    const worthless = leastWorth(kept.map(({ column }) => column));
    if (widths === undefined && worthless !== undefined) {
      kept = kept.filter(({ column }) => column !== worthless);
      continue;
    }
    // Where nothing can be left out any more the line itself is cut.
    const used = widths ?? kept.map(leastWidthOf);
    return [undefined, ...rows.keys()].map((row) =>
      kept
        .map(({ column, cells }, i) => {
          const text = row === undefined ? column.title : (cells[row] ?? '');
          const width = used[i] ?? 0;
          const cut = cutMiddle(text, width);
          return column.align === 'right' ? cut.padStart(width) : cut.padEnd(width);
        })
        .join(GAP)
        .slice(0, screenWidth)
        .trimEnd(),
    );
  }
}

interface Filled<Row> {
  readonly column: Column<Row>;
  readonly cells: readonly string[];
}

/** Widths with which all fits; undefined when nothing helps. */
function fit<Row>(kept: readonly Filled<Row>[], screenWidth: number): number[] | undefined {
  const widths = kept.map(fullWidthOf);
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (kept.length - 1) - screenWidth;
  kept.forEach((filled, i) => {
    const give = Math.max(0, Math.min(excess, (widths[i] as number) - leastWidthOf(filled)));
    widths[i] = (widths[i] as number) - give;
    excess -= give;
  });
  return excess <= 0 ? widths : undefined;
}

function fullWidthOf<Row>({ column, cells }: Filled<Row>): number {
  return cells.reduce((most, cell) => Math.max(most, cell.length), column.title.length);
}

function leastWidthOf<Row>(filled: Filled<Row>): number {
  const { leastWidth, title } = filled.column;
  const full = fullWidthOf(filled);
  return leastWidth === undefined ? full : Math.min(full, Math.max(leastWidth, title.length));
}

function leastWorth<Row>(columns: readonly Column<Row>[]): Column<Row> | undefined {
  return columns
    .filter(({ worth }) => worth !== undefined)
    .toSorted((a, b) => (a.worth ?? 0) - (b.worth ?? 0))[0];
}

/** The names of the first items, as many as fit, and how many more there are. */
export function joinNames<Item>(
  items: readonly Item[],
  nameOf: (item: Item) => string,
  width: number,
): string {
  let text = '';
  let shown = 0;
  for (const item of items) {
    const name = nameOf(item);
    const longer = shown === 0 ? name : `${text}, ${name}`;
    if (longer.length + moreThan(items.length - shown - 1).length > width) break;
    text = longer;
    shown++;
  }
  const [first] = items;
  if (shown > 0 || first === undefined) return text + moreThan(items.length - shown);
  // Not even one: then its start and its end.
  const more = moreThan(items.length - 1);
  return cutMiddle(nameOf(first), Math.max(0, width - more.length)) + more;
}

function moreThan(count: number): string {
  return count > 0 ? ` +${count}` : '';
}

/** The start and the end of a text that is too long. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  if (width <= CUT.length) return text.slice(0, width);
  const tail = Math.floor((width - CUT.length) / 2);
  return text.slice(0, width - CUT.length - tail) + CUT + text.slice(text.length - tail);
}
