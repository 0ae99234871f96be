/** Connections and known addresses as text: what `headlight peers` shows people. */

import { HOST_NETWORKS, type HostNetwork, type KnownPeer, type PeerConnection } from '../index.ts';
import { formatAge, formatBytes, formatCount, formatLatency, formatSpan } from './format.ts';
import { serviceLetters, SERVICES_LEGEND } from './service-letters.ts';
import { type Column, formatTable } from './table.ts';

/** Numbers about known addresses. */
export interface BookCounts {
  readonly known: number;
  /** Worth a call. */
  readonly active: number;
  /** Answered once. */
  readonly tried: number;
}

const CONNECTION_COLUMNS: readonly Column<PeerConnection>[] = [
  { title: '', cell: ({ isSyncPeer }) => (isSyncPeer ? '*' : '') },
  { title: 'dir', cell: ({ direction }) => (direction === 'inbound' ? 'in' : 'out') },
  { title: 'kind', cell: ({ kind }) => (kind === 'inbound' ? '' : kind), worth: 4 },
  { title: 'serv', cell: ({ services }) => serviceLetters(services), worth: 5 },
  { title: 'version', cell: ({ version }) => numberOrNothing(version, String), align: 'right', worth: 1 },
  { title: 'height', cell: heightOf, align: 'right' },
  { title: 'ping', cell: ({ pingMs }) => numberOrNothing(pingMs, formatLatency), align: 'right' },
  { title: 'age', cell: ({ ageSeconds }) => formatSpan(ageSeconds), align: 'right', worth: 6 },
  { title: 'in', cell: ({ bytesIn }) => formatBytes(bytesIn), align: 'right', worth: 2 },
  { title: 'out', cell: ({ bytesOut }) => formatBytes(bytesOut), align: 'right', worth: 3 },
  { title: 'user agent', cell: ({ userAgent }) => userAgent ?? '', leastWidth: 16, worth: 7 },
  // The longest IPv6 address with a port has a place; an onion is known by its ends.
  { title: 'address', cell: ({ address }) => address, leastWidth: 47 },
];

/** A height that was only claimed has a question mark. */
function heightOf({ provenHeight, height }: PeerConnection): string {
  if (provenHeight !== null) return formatCount(provenHeight);
  return height === null ? '' : `${formatCount(height)}?`;
}

function numberOrNothing(value: number | null, format: (value: number) => string): string {
  return value === null ? '' : format(value);
}

/** The table of connections, with what its signs mean. */
export function formatConnections(connections: readonly PeerConnection[], screenWidth: number): string[] {
  if (connections.length === 0) return [];
  const table = formatTable(CONNECTION_COLUMNS, connections.toSorted(byDirection), screenWidth);
  const legend: string[] = [];
  if (connections.some(({ isSyncPeer }) => isSyncPeer)) legend.push('* is asked for headers');
  if (connections.some((connection) => heightOf(connection).endsWith('?')))
    legend.push('? was claimed, and no such header shown yet');
  if (connections.some(({ services }) => services.length > 0))
    legend.push(...wrapped(SERVICES_LEGEND, screenWidth));
  return legend.length === 0 ? table : [...table, '', ...legend.map((line) => line.slice(0, screenWidth))];
}

/** Those that we made first, the longest connected first. */
function byDirection(a: PeerConnection, b: PeerConnection): number {
  const [aIsIn, bIsIn] = [a, b].map(({ direction }) => Number(direction === 'inbound')) as [number, number];
  return aIsIn - bIsIn || b.ageSeconds - a.ageSeconds;
}

/** Breaks a list at its commas where the screen is narrow. */
function wrapped(text: string, screenWidth: number): string[] {
  if (text.length <= screenWidth) return [text];
  const at = text.lastIndexOf(', ', screenWidth - 1);
  if (at < 0) return [text];
  return [text.slice(0, at + 1), ...wrapped(`  ${text.slice(at + 2)}`, screenWidth)];
}

export function countBook(known: readonly KnownPeer[]): BookCounts {
  return {
    known: known.length,
    active: known.filter(({ isActive }) => isActive).length,
    tried: known.filter(({ isTried }) => isTried).length,
  };
}

/** For each kind of network of which an address is known. */
export function countByNetwork(known: readonly KnownPeer[]): Partial<Record<HostNetwork, BookCounts>> {
  const counts = HOST_NETWORKS.map(
    (network) => [network, countBook(known.filter(({ hostNetwork }) => hostNetwork === network))] as const,
  );
  return Object.fromEntries(counts.filter(([, { known: count }]) => count > 0));
}

interface BookRow extends BookCounts {
  readonly network: string;
}

const BOOK_COLUMNS: readonly Column<BookRow>[] = [
  { title: 'network', cell: ({ network }) => network },
  countColumn('known'),
  countColumn('active'),
  countColumn('tried'),
];

function countColumn(title: keyof BookCounts): Column<BookRow> {
  return { title, cell: (row) => formatCount(row[title]), align: 'right' };
}

/** The table of how many addresses are known. */
export function formatBook(known: readonly KnownPeer[], screenWidth: number): string[] {
  const rows = Object.entries(countByNetwork(known)).map(([network, counts]) => ({ network, ...counts }));
  return formatTable(BOOK_COLUMNS, rows, screenWidth);
}

/** Those that were last heard of first. */
export function byLastSeen(a: KnownPeer, b: KnownPeer): number {
  const seen = (b.lastSeen ?? '').localeCompare(a.lastSeen ?? '');
  return seen === 0 ? a.address.localeCompare(b.address) : seen;
}

/** The table of known addresses. */
export function formatKnown(known: readonly KnownPeer[], nowMs: number, screenWidth: number): string[] {
  const age = (time: string | null): string =>
    time === null ? 'never' : formatAge((nowMs - Date.parse(time)) / 1000);
  const columns: readonly Column<KnownPeer>[] = [
    { title: 'seen', cell: ({ lastSeen }) => age(lastSeen) },
    { title: 'answered', cell: ({ lastSuccess }) => age(lastSuccess) },
    { title: 'failures', cell: ({ failures }) => formatCount(failures), align: 'right', worth: 1 },
    { title: 'serv', cell: ({ services }) => serviceLetters(services), worth: 2 },
    { title: 'address', cell: ({ address }) => address, leastWidth: 21 },
  ];
  return formatTable(columns, known, screenWidth);
}
