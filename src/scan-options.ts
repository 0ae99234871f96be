/** What a scan can be told, and what it makes of that. */

import { setImmediate } from 'node:timers/promises';
import { fromHex, toHex } from './bytes/hex.ts';
import { type ScriptKey, scriptKey } from './ledger/script-key.ts';
import type { Network } from './networks/network.ts';
import { OP } from './script/opcodes.ts';
import { type Descriptor, parseDescriptor } from './script/descriptor.ts';
import { checkScript, scriptOfAddress } from './watched-scripts.ts';

/** What to look for is the sum of addresses, scripts and descriptors; at least one of them has to be given. */
export interface ScanOptions {
  /** Addresses of the client's network. */
  readonly addresses?: readonly string[];
  /** Output scripts, hexadecimal. */
  readonly scripts?: readonly string[];
  /** Output descriptors with public keys (BIP 380); all of their scripts are looked for. */
  readonly descriptors?: readonly (string | RangedDescriptor)[];
  /**
   * First block to look at: what was paid before is not found, and what is spent of it has no amount. Default: the first that
   * the client has a header of, which is genesis unless it began at an anchor.
   */
  readonly fromHeight?: number;
  /**
   * Peers that have to agree on a filter before it is relied on, 1 to 8. Default: 2. With 1 a single peer can hide payments,
   * so that is for a node of one's own.
   */
  readonly filterPeers?: number;
  /** Whether to fetch every block and to use no filters: slow, and tells peers nothing. Default: false. */
  readonly allBlocks?: boolean;
  /** Whether to go on where an earlier run with the same scripts and first height ended. Default: true. */
  readonly resume?: boolean;
}

export interface RangedDescriptor {
  readonly descriptor: string;
  /** Places that are looked at, both ends included; means nothing for a descriptor without `*`. Default: 0 to 999. */
  readonly range?: readonly [first: number, last: number];
}

/** Options that were checked; the scripts of ranges are yet to be derived. */
export interface CheckedScan extends ScanSettings {
  /** Each once. */
  readonly given: readonly Uint8Array[];
  readonly ranges: readonly ScriptRange[];
}

/** What the parts of a scan are told. */
export interface ResolvedScan extends ScanSettings {
  /** Each once. */
  readonly scripts: readonly Uint8Array[];
  /** Scripts at the end of ranges, by hexadecimal: where one of them is used, the next may be beyond the range. */
  readonly rangeEnds: ReadonlyMap<string, RangeEnd>;
}

interface ScanSettings {
  /** Undefined for the first header that is known. */
  readonly fromHeight: number | undefined;
  readonly filterPeers: number;
  readonly allBlocks: boolean;
  readonly resume: boolean;
}

/** Places of a descriptor. */
interface ScriptRange {
  readonly descriptor: Descriptor;
  /** Which of the descriptors it is, from 0. */
  readonly place: number;
  readonly first: number;
  readonly last: number;
}

/** Where in a range a script stands. */
export interface RangeEnd {
  /** Which of the descriptors it belongs to, from 0: the text says too much of a wallet to be shown. */
  readonly descriptor: number;
  readonly index: number;
  /** The last place of the range. */
  readonly last: number;
}

/** As far as wallets usually create addresses at first (Core: DEFAULT_KEYPOOL_SIZE). */
const DEFAULT_RANGE = [0, 999] as const;
/** Places of a range, its last ones, of which a use is worth a warning: wallets look so far beyond what was used (BIP 44). */
const GAP_LIMIT = 20;
/** Places are steps of a derivation that need no private key (BIP 32). */
const MAX_INDEX = 0x7fffffff;
/** Scripts that are looked for: some 200 MB. */
const MAX_SCRIPTS = 1_000_000;
const DEFAULT_FILTER_PEERS = 2;
/** As many as are called by default. */
const MAX_FILTER_PEERS = 8;
/** Beyond every block there will be. */
const MAX_HEIGHT = 0x7fffffff;

/** Time that scripts are derived for before others get a turn. */
const TURN_MS = 20;

/**
 * Checks options and fills in what is missing.
 *
 * @throws {TypeError} for what is no address of the network, no script, no descriptor, a script that no filter has, and when
 *   there is nothing to look for.
 * @throws {RangeError} when a number is out of its range, or there are over 1,000,000 scripts.
 */
export function checkScan(options: ScanOptions, network: Network): CheckedScan {
  const { addresses = [], scripts = [], descriptors = [] } = options;
  const { fromHeight, filterPeers = DEFAULT_FILTER_PEERS } = options;
  if (fromHeight !== undefined && !isWhole(fromHeight, 0, MAX_HEIGHT))
    throw new RangeError(`fromHeight is ${fromHeight}, not a whole number from 0`);
  if (!isWhole(filterPeers, 1, MAX_FILTER_PEERS))
    throw new RangeError(`filterPeers is ${filterPeers}, not a whole number from 1 to ${MAX_FILTER_PEERS}`);
  const watched = new WatchedScripts();
  for (const address of addresses) watched.add(fromHex(scriptOfAddress(address, network)));
  for (const script of scripts) watched.add(fromHex(checkScript(script)));
  const ranges = descriptors.map((given, place) => rangeOf(given, place, network));
  // Each place has as many as the first, and is as findable.
  const counts = ranges.map(({ descriptor, first, last }) => {
    const atFirst = descriptor.scriptsAt(first);
    for (const script of atFirst) checkFindable(script);
    return atFirst.length * (last - first + 1);
  });
  if (counts.reduce((sum, count) => sum + count, watched.count) > MAX_SCRIPTS) throw tooMany();
  if (watched.count + ranges.length === 0)
    throw new TypeError('there is nothing to look for: no address, no script and no descriptor');
  return {
    given: watched.all,
    ranges,
    fromHeight,
    filterPeers,
    allBlocks: options.allBlocks ?? false,
    resume: options.resume ?? true,
  };
}

/**
 * Derives the scripts of all ranges, which takes about a millisecond for each.
 *
 * @param checkpoint called now and then; what it throws ends it.
 */
export async function deriveScripts(
  { given, ranges, ...settings }: CheckedScan,
  checkpoint: () => void = () => undefined,
): Promise<ResolvedScan> {
  const watched = new WatchedScripts();
  const rangeEnds = new Map<string, RangeEnd>();
  for (const script of given) watched.add(script);
  let turnMs = performance.now() + TURN_MS;
  for (const { descriptor, place, first, last } of ranges) {
    for (let index = first; index <= last; index++) {
      for (const script of descriptor.scriptsAt(index)) {
        watched.add(script);
        if (descriptor.isRanged && index > last - GAP_LIMIT)
          rangeEnds.set(toHex(script), { descriptor: place, index, last });
      }
      if (performance.now() < turnMs) continue;
      await setImmediate();
      checkpoint();
      turnMs = performance.now() + TURN_MS;
    }
  }
  return { ...settings, scripts: watched.all, rangeEnds };
}

/** Scripts as they are gathered, each once. */
class WatchedScripts {
  readonly #byKey = new Map<ScriptKey, Uint8Array>();

  get count(): number {
    return this.#byKey.size;
  }

  get all(): Uint8Array[] {
    return [...this.#byKey.values()];
  }

  add(script: Uint8Array): void {
    checkFindable(script);
    this.#byKey.set(scriptKey(script), script);
    if (this.#byKey.size > MAX_SCRIPTS) throw tooMany();
  }
}

function rangeOf(given: string | RangedDescriptor, place: number, network: Network): ScriptRange {
  const { descriptor: text, range = DEFAULT_RANGE } =
    typeof given === 'string' ? { descriptor: given } : given;
  const descriptor = parse(text, place, network);
  const [first, last] = descriptor.isRanged ? checkRange(range, place) : [0, 0];
  return { descriptor, place, first, last };
}

function parse(text: string, place: number, network: Network): Descriptor {
  if (typeof text !== 'string') throw new TypeError(`${nameOf(place)} is no text`);
  const parsed = parseDescriptor(text, network);
  if ('scriptsAt' in parsed) return parsed;
  // Not shown: it may hold a private key.
  throw new TypeError(`${nameOf(place)} is wrong: ${parsed.detail}`);
}

function checkRange(range: readonly [number, number], place: number): readonly [number, number] {
  const [first, last] = range;
  if (!isWhole(first, 0, MAX_INDEX) || !isWhole(last, first, MAX_INDEX))
    throw new RangeError(
      `the range of ${nameOf(place)} is ${first} to ${last}, not two whole numbers in order`,
    );
  return range;
}

/** @throws {TypeError} for a script that filters leave out (BIP 158): it would never be found. */
function checkFindable(script: Uint8Array): void {
  if (script.length === 0)
    throw new TypeError('an empty script is in no filter, and anybody can spend what it has');
  if (script[0] === OP.RETURN)
    throw new TypeError(
      'a script that begins with OP_RETURN is in no filter, and nobody can spend what it has',
    );
}

function tooMany(): RangeError {
  return new RangeError(`there are over ${MAX_SCRIPTS} scripts to look for`);
}

function nameOf(place: number): string {
  return `descriptor ${place + 1}`;
}

function isWhole(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}
