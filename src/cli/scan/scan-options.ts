/** The options that say what a scan looks for, and where it begins. */

import { type Command, InvalidArgumentError } from 'commander';
import type { Network, ScanOptions } from '../../index.ts';
import { formatCount, formatNumberOf } from '../format.ts';
import { collecting, countTo, flag, option, parseWhole } from '../options.ts';
import { cutMiddle } from '../table.ts';

export interface ScanForOptions {
  readonly address?: readonly string[];
  readonly script?: readonly string[];
  readonly descriptor?: readonly string[];
  readonly range?: PlaceRange;
  readonly from?: number;
  readonly filterPeers?: number;
  readonly allBlocks?: boolean;
  readonly fresh?: boolean;
}

/** Places of the scripts of a ranged descriptor, both ends included. */
export interface PlaceRange {
  readonly from: number;
  readonly to: number;
}

/** As far as wallets usually create addresses at first. */
const DEFAULT_RANGE: PlaceRange = { from: 0, to: 999 };
/** As many as are called by default. */
const MAX_FILTER_PEERS = 8;
/** As much as is shown of what is watched. */
const MAX_NAME_LENGTH = 80;

export function addScanOptions(command: Command): Command {
  return command
    .optionsGroup('What to look for (each repeatable):')
    .addOption(option('--address <address>', 'what pays to it or spends from it').argParser(collecting(asIs)))
    .addOption(option('--script <hex>', 'the same for an output script').argParser(collecting(asIs)))
    .addOption(
      option('--descriptor <text>', 'the same for all scripts of an output descriptor').argParser(
        collectDescriptors,
      ),
    )
    .addOption(
      option('--range <n|a-b>', 'places of ranged descriptors, both ends included; n is 0-n')
        .default(undefined, rangeText(DEFAULT_RANGE))
        .argParser(parseRange),
    )
    .optionsGroup('Options:')
    .addOption(
      option(
        '--from <height>',
        'first block to look at; on regtest 0 by default, elsewhere to be named: all of mainnet is over 10 GB of filters',
      ).argParser(parseWhole),
    )
    .addOption(
      option(
        '--filter-peers <n>',
        'peers that have to agree on a filter before it is believed; 1 for a node of your own (default: 2)',
      ).argParser(countTo(MAX_FILTER_PEERS)),
    )
    .addOption(
      flag('--all-blocks', 'use no filters, fetch every block: slow, and tells peers nothing at all'),
    )
    .addOption(flag('--fresh', 'forget what earlier runs found, and begin anew'));
}

/** What is no address, script or descriptor, the library says: it depends on the network. */
function asIs(text: string): string {
  if (text === '') throw new InvalidArgumentError('There is nothing.');
  return text;
}

/** Descriptors have commas: only spaces are between them. */
function collectDescriptors(text: string, previous: readonly string[] | undefined): readonly string[] {
  const parts = text.split(/\s+/).filter((part) => part !== '');
  return [...(previous ?? []), ...(parts.length === 0 ? [''] : parts).map(asIs)];
}

function parseRange(text: string): PlaceRange {
  const [, start, end] = /^(?:(\d+)-)?(\d+)$/.exec(text) ?? [];
  const range = { from: Number(start ?? 0), to: Number(end) };
  if (end === undefined || !Number.isSafeInteger(range.to))
    throw new InvalidArgumentError('Not a whole number, nor two like 0-999.');
  if (range.from > range.to) throw new InvalidArgumentError('It ends before it begins.');
  return range;
}

export function scanOf(options: ScanForOptions, fromHeight: number): ScanOptions {
  const { address, script, descriptor, range = DEFAULT_RANGE, filterPeers } = options;
  const places = [range.from, range.to] as const;
  return {
    ...(address === undefined ? {} : { addresses: address }),
    ...(script === undefined ? {} : { scripts: script }),
    ...(descriptor === undefined
      ? {}
      : { descriptors: descriptor.map((text) => ({ descriptor: text, range: places })) }),
    fromHeight,
    ...(filterPeers === undefined ? {} : { filterPeers }),
    allBlocks: options.allBlocks === true,
    resume: options.fresh !== true,
  };
}

/** What is looked for, in words. */
export function scanWords(options: ScanForOptions, { name }: Network, fromHeight: number): string {
  const { address = [], script = [], descriptor = [], range = DEFAULT_RANGE } = options;
  const kinds = [
    namesText(address, 'address', 'addresses'),
    namesText(script, 'script'),
    // Its keys tell all addresses of a wallet: nothing to leave on a screen.
    descriptor.length === 0
      ? ''
      : `${formatNumberOf(descriptor.length, 'descriptor')} (places ${rangeText(range)} where ranged)`,
  ].filter((kind) => kind !== '');
  return `Looking for payments of ${kinds.join(' and ')} on ${name} from height ${formatCount(fromHeight)}`;
}

function namesText(names: readonly string[], one: string, many?: string): string {
  const [first] = names;
  if (first === undefined) return '';
  return names.length === 1
    ? `${one} ${cutMiddle(first, MAX_NAME_LENGTH)}`
    : formatNumberOf(names.length, one, many);
}

function rangeText({ from, to }: PlaceRange): string {
  return `${from}-${to}`;
}
