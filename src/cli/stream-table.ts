/**
 * Rows under titles that come one by one, so the widths are fixed before the first is known: what there is room for stays on
 * the screen, and the rest of the room goes to what can use it.
 */

export interface StreamColumn<Row> {
  readonly title: string;
  readonly align: 'left' | 'right';
  readonly leastWidth: number;
  /** Stays the longer the lower this is. */
  readonly rank: number;
  readonly cell: (row: Row, width: number) => string;
}

/** What may grow, in turn, and how far each time. */
export type Growth = readonly (readonly [title: string, width: number])[];

const GAP = '  ';

/** The columns that a screen has room for. */
export class StreamTable<Row> {
  readonly #columns: readonly (readonly [StreamColumn<Row>, width: number])[];
  readonly #screenWidth: number;

  /** @param screenWidth columns of the screen; without end where there is none: then nothing is left out. */
  constructor(columns: readonly StreamColumn<Row>[], growth: Growth, screenWidth: number) {
    this.#screenWidth = screenWidth;
    const kept = new Set<StreamColumn<Row>>();
    let room = screenWidth + GAP.length;
    for (const column of columns.toSorted((a, b) => a.rank - b.rank)) {
      const needed = column.leastWidth + GAP.length;
      // Once one does not fit nothing after it is shown either: which columns there are depends on the width alone.
      if (needed > room) break;
      room -= needed;
      kept.add(column);
    }
    const widths = new Map(columns.filter((column) => kept.has(column)).map((c) => [c, c.leastWidth]));
    for (const [title, most] of growth) {
      for (const [column, width] of widths) {
        if (column.title !== title) continue;
        const added = Math.max(0, Math.min(room, most - width));
        widths.set(column, width + added);
        room -= added;
      }
    }
    this.#columns = [...widths];
  }

  header(): string {
    return this.#line(({ title }) => title);
  }

  line(row: Row): string {
    return this.#line(({ cell }, width) => cell(row, width));
  }

  /** Characters that a column has; 0 when it is left out. */
  widthOf(title: string): number {
    return this.#columns.find(([column]) => column.title === title)?.[1] ?? 0;
  }

  #line(textOf: (column: StreamColumn<Row>, width: number) => string): string {
    const cells = this.#columns.map(([column, width]) => {
      const text = textOf(column, width);
      return column.align === 'right' ? text.padStart(width) : text.padEnd(width);
    });
    return cells.join(GAP).slice(0, this.#screenWidth).trimEnd();
  }
}
