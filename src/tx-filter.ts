/** Which transactions a user wants to be told of. */

import { toHex } from './bytes/hex.ts';
import type { TxEvent } from './mempool-events.ts';
import type { Network } from './networks/network.ts';
import { OUTPUT_TYPES, type OutputType } from './script/classify.ts';
import { checkScript, scriptOfAddress, shortened } from './watched-scripts.ts';

/**
 * A transaction is shown when it meets every kind of filter that is given; among several of one kind any one will do. An
 * address is another name for a script, so these two are one kind: they look for an output, or for one that is spent, as
 * far as its script is known.
 */
export interface TxFilterOptions {
  /** Addresses of the client's network. */
  readonly addresses?: readonly string[];
  /** Output scripts, hexadecimal. */
  readonly scripts?: readonly string[];
  /** Least sum of the outputs. */
  readonly minValueSats?: number;
  /** Kinds of output, of which there has to be one. */
  readonly types?: readonly OutputType[];
  /** Display order. */
  readonly txids?: readonly string[];
}

export class TxFilter {
  /** Hexadecimal, as they stand in events. */
  readonly #scripts: ReadonlySet<string>;
  readonly #types: ReadonlySet<OutputType>;
  readonly #txids: ReadonlySet<string>;
  readonly #minValueSats: number;

  /**
   * @throws {TypeError} for what is no address of the network, no script, no type and no txid.
   * @throws {RangeError} when the value is not a whole number from 0.
   */
  constructor(options: TxFilterOptions, network: Network) {
    const { addresses = [], scripts = [], types = [], txids = [], minValueSats = 0 } = options;
    this.#scripts = new Set([
      ...addresses.map((address) => scriptOfAddress(address, network)),
      ...scripts.map(checkScript),
    ]);
    this.#types = new Set(types.map(checkType));
    this.#txids = new Set(txids.map(checkTxid));
    if (!Number.isSafeInteger(minValueSats) || minValueSats < 0)
      throw new RangeError(`minValueSats is ${minValueSats}, not a whole number from 0`);
    this.#minValueSats = minValueSats;
  }

  /** Whether all are shown. */
  get isEmpty(): boolean {
    return this.#minValueSats === 0 && this.#scripts.size + this.#types.size + this.#txids.size === 0;
  }

  /** Whether the scripts of spent outputs matter. */
  get needsSpentScripts(): boolean {
    return this.#scripts.size > 0;
  }

  /** @param spentScripts scripts of the outputs that it spends, those that are known. */
  matches(event: TxEvent, spentScripts: readonly Uint8Array[]): boolean {
    if (event.outputTotalSats < this.#minValueSats) return false;
    if (this.#txids.size > 0 && !this.#txids.has(event.txid)) return false;
    if (this.#types.size > 0 && !event.outputs.some(({ type }) => this.#types.has(type))) return false;
    return this.#scripts.size === 0 || this.#touchesScript(event, spentScripts);
  }

  #touchesScript({ outputs }: TxEvent, spentScripts: readonly Uint8Array[]): boolean {
    return (
      outputs.some(({ scriptHex }) => this.#scripts.has(scriptHex)) ||
      spentScripts.some((script) => this.#scripts.has(toHex(script)))
    );
  }
}

function checkType(type: OutputType): OutputType {
  if (OUTPUT_TYPES.includes(type)) return type;
  throw new TypeError(`${shortened(type)} is no type of output: there are ${OUTPUT_TYPES.join(', ')}`);
}

function checkTxid(txid: string): string {
  if (typeof txid === 'string' && /^[0-9a-f]{64}$/i.test(txid)) return txid.toLowerCase();
  throw new TypeError(`${shortened(txid)} is no txid: not 64 hexadecimal digits`);
}
