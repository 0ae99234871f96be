/** `headlight header`: stored headers, field by field. */

import { type Command, InvalidArgumentError } from 'commander';
import { HeaderChain, type HeaderInfo } from '../../offline.ts';
import { toDisplayHex } from '../../wire/index.ts';
import { Failure } from '../failure.ts';
import { formatChainwork, formatCount, formatDifficulty, formatFields, formatTime } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, flag, option, outputOptions, parseWhole, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { warnOfRepair } from '../repair.ts';
import type { Terminal } from '../terminal.ts';

interface HeaderOptions extends StoreOptions {
  readonly count: number;
  readonly hex?: boolean;
}

/** Headers read at a time. */
const BATCH = 2_000;

type Which = number | 'tip' | { readonly hash: string };

export function addHeader(program: Command, terminal: Terminal): void {
  const command = program
    .command('header')
    .description('show stored headers')
    .argument('<height|hash|tip>', 'the first one to show', parseWhich)
    .addOption(option('--count <n>', 'how many, upwards').default(1).argParser(parseCount))
    .addOption(flag('--hex', 'the 80 bytes only').conflicts('json'))
    .action((which: Which, options: HeaderOptions) => showHeaders(which, options, terminal));
  addStoreOptions(command);
}

async function showHeaders(which: Which, options: HeaderOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const chain = await HeaderChain.open({ ...options, create: false });
  try {
    warnOfRepair(chain, output);
    const first = await find(chain, which);
    let left = options.count;
    let isFirst = true;
    for (let from = first.height; left > 0 && !terminal.signal.aborted; from += BATCH, left -= BATCH) {
      const isAlone = options.count === 1 || first.confirmations < 0;
      const headers = isAlone ? [first] : await chain.headers(from, Math.min(BATCH, left));
      for (const header of headers) {
        if (!isFirst && options.hex !== true) output.line('');
        isFirst = false;
        show(header, options, output);
      }
      if (isAlone || headers.length < BATCH) break;
    }
  } finally {
    await chain.close();
  }
}

async function find(chain: HeaderChain, which: Which): Promise<HeaderInfo> {
  const { height } = chain.tip;
  const wanted = which === 'tip' ? height : typeof which === 'number' ? which : which.hash;
  const header = await chain.header(wanted);
  if (header !== undefined) return header;
  const what = typeof wanted === 'number' ? `height ${formatCount(wanted)}` : `hash ${wanted}`;
  throw new Failure('header-not-found', `no header with ${what}; ${boundsOf(chain, wanted)}`);
}

/** Where the store begins and ends; of the anchor that it begins at only the hash is known. */
function boundsOf({ startHeight, tip, tree }: HeaderChain, wanted: number | string): string {
  const end = `the store ends at height ${formatCount(tip.height)}`;
  if (startHeight === 0) return end;
  const start = `the store begins at height ${formatCount(startHeight)}`;
  const anchor = toDisplayHex(tree.hashAt(startHeight));
  if (wanted === startHeight || wanted === anchor)
    return `${start} (built-in anchor), of which only the hash is known: ${anchor}`;
  if (typeof wanted === 'number' && wanted < startHeight) return `${start} (built-in anchor), not at genesis`;
  return `${start} (built-in anchor), and ends at height ${formatCount(tip.height)}`;
}

function show(header: HeaderInfo, options: HeaderOptions, output: Output): void {
  if (options.hex === true) return output.line(header.hex);
  output.object(jsonEvent('header', options.network.name, header));
  output.line(`Header ${formatCount(header.height)}`);
  for (const line of formatFields(fieldsOf(header))) output.line(line);
}

function fieldsOf(header: HeaderInfo): [string, string][] {
  const fields: [string, string][] = [
    ['hash', header.hash],
    ['previous', header.previous],
    ['merkle root', header.merkleRoot],
    ['time', formatTime(header.blockTime)],
    ['version', `0x${(header.version >>> 0).toString(16).padStart(8, '0')}`],
    ['bits', header.bits],
    ['target', header.target],
    ['difficulty', formatDifficulty(header.difficulty)],
    ['nonce', String(header.nonce)],
  ];
  if (header.medianTime !== undefined) fields.push(['median time', formatTime(header.medianTime)]);
  if (header.chainwork !== undefined) fields.push(['chainwork', formatChainwork(header.chainwork)]);
  const place = header.confirmations < 0 ? 'none: not on the best chain' : formatCount(header.confirmations);
  return [...fields, ['confirmations', place]];
}

function parseWhich(text: string): Which {
  if (text === 'tip') return text;
  if (/^[0-9a-f]{64}$/i.test(text)) return { hash: text.toLowerCase() };
  // With commas as well, which is how heights are shown.
  if (/^(\d{1,9}|\d{1,3}(,\d{3}){1,2})$/.test(text)) return Number(text.replaceAll(',', ''));
  throw new InvalidArgumentError('Not a height, a hash of 64 hexadecimal digits, or "tip".');
}

function parseCount(text: string): number {
  const count = parseWhole(text);
  if (count < 1) throw new InvalidArgumentError('At least 1.');
  return count;
}
