/** The options that say which transactions are shown. */

import { type Command, InvalidArgumentError } from 'commander';
import type { NetworkName, TxFilterOptions } from '../../index.ts';
import { OUTPUT_TYPES, type OutputType } from '../../script/index.ts';
import { formatCount } from '../format.ts';
import { collecting, oneOf, option, parseWhole } from '../options.ts';

export interface FilterOptions {
  readonly address?: readonly string[];
  readonly script?: readonly string[];
  readonly minValue?: readonly number[];
  readonly type?: readonly OutputType[];
  readonly txid?: readonly string[];
}

export function addFilterOptions(command: Command): Command {
  return command
    .optionsGroup('Transactions to show (each repeatable; different kinds have to fit together):')
    .addOption(option('--address <address>', 'that pay to it or spend from it').argParser(collecting(asIs)))
    .addOption(
      option('--script <hex>', 'the same for an output script, or an --address').argParser(collecting(asIs)),
    )
    .addOption(
      option('--min-value <sats>', 'with outputs of so many satoshis in all').argParser(
        collecting(parseWhole),
      ),
    )
    .addOption(
      option('--type <type>', `with such an output: ${OUTPUT_TYPES.join(', ')}`).argParser(
        collecting(oneOf(OUTPUT_TYPES)),
      ),
    )
    .addOption(option('--txid <txid>', 'these').argParser(collecting(asIs)))
    .optionsGroup('Options:');
}

/** What is no address, script or txid, the library says: it depends on the network. */
function asIs(text: string): string {
  if (text === '') throw new InvalidArgumentError('There is nothing.');
  return text;
}

export function filterOf(options: FilterOptions): TxFilterOptions {
  const { address, script, minValue, type, txid } = options;
  return {
    ...(address === undefined ? {} : { addresses: address }),
    ...(script === undefined ? {} : { scripts: script }),
    ...(minValue === undefined ? {} : { minValueSats: Math.min(...minValue) }),
    ...(type === undefined ? {} : { types: type }),
    ...(txid === undefined ? {} : { txids: txid }),
  };
}

/** What is shown, in words; undefined when it is everything. */
export function filterWords(filter: TxFilterOptions, network: NetworkName): string | undefined {
  const { addresses = [], scripts = [], minValueSats = 0, types = [], txids = [] } = filter;
  const places = [
    ...addresses.map((address) => `address ${address}`),
    ...scripts.map((script) => `script ${script.length > 80 ? `${script.slice(0, 76)}..` : script}`),
  ];
  const kinds = [
    places.join(' or '),
    minValueSats > 0 ? `outputs of at least ${formatCount(minValueSats)} satoshis in all` : '',
    types.length > 0 ? `an output of type ${types.join(' or ')}` : '',
    txids.length > 0 ? `txid ${txids.join(' or ')}` : '',
  ].filter((kind) => kind !== '');
  return kinds.length === 0
    ? undefined
    : `Watching transactions of ${network} with ${kinds.join(', and with ')}`;
}
