/** The options that commands share, each also to be had from the environment as HEADLIGHT_<NAME>. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import envPaths from 'env-paths';
import { networkByName, NETWORKS, type Network, parseEndpoint } from '../index.ts';
import { LOG_LEVELS, type LogLevel, type OutputOptions } from './output.ts';

/** The platform's own folder for a program's data. */
export const DEFAULT_DATADIR: string = envPaths('headlight', { suffix: '' }).data;

/** Options of every command. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly logLevel?: LogLevel;
}

/** Options of the commands that use a store. */
export interface StoreOptions extends CommonOptions {
  readonly network: Network;
  readonly datadir: string;
}

/** Options of the commands that connect. */
export interface ConnectOptions extends StoreOptions {
  readonly connect?: readonly string[];
  readonly addPeer?: readonly string[];
  readonly minChainwork?: bigint;
  readonly timeout: number;
  readonly pingInterval: number;
  readonly silenceTimeout: number;
}

export function addCommonOptions(command: Command): Command {
  return command
    .addOption(flag('--json', 'newline-delimited JSON on stdout, one event a line'))
    .addOption(flag('--quiet', 'errors only on stderr, no progress'))
    .addOption(flag('--verbose', 'say more on stderr, as --log-level debug'))
    .addOption(
      option('--log-level <level>', `what to say on stderr: ${LOG_LEVELS.join(', ')}`)
        .default(undefined, 'info')
        .argParser(parseLogLevel),
    );
}

export function addStoreOptions(command: Command): Command {
  const names = Object.keys(NETWORKS).join(', ');
  return addCommonOptions(command)
    .addOption(option('--network <name>', names).default(NETWORKS.mainnet, 'mainnet').argParser(parseNetwork))
    .addOption(option('--datadir <dir>', 'folder for the headers').default(DEFAULT_DATADIR));
}

export function addConnectOptions(command: Command): Command {
  return addStoreOptions(command)
    .addOption(option('--connect <host:port>', 'call only this peer (repeatable)').argParser(collect))
    .addOption(option('--add-peer <host:port>', 'call this peer first (repeatable)').argParser(collect))
    .addOption(
      option(
        '--min-chainwork <hex>',
        "work below which a peer's chain is not believed, 0 for none (default: the network's own)",
      ).argParser(parseChainwork),
    )
    .addOption(seconds('--timeout <seconds>', 'give up when no new header came for so long', 60))
    .addOption(seconds('--ping-interval <seconds>', 'time between pings', 30))
    .addOption(seconds('--silence-timeout <seconds>', 'drop a peer that said nothing for so long', 90));
}

export function outputOptions(options: CommonOptions): OutputOptions {
  const logLevel =
    options.logLevel ?? (options.quiet === true ? 'error' : options.verbose === true ? 'debug' : 'info');
  return { json: options.json === true, logLevel };
}

/** An option with its place in the environment: --add-peer is HEADLIGHT_ADD_PEER. A variable without a value is none. */
export function option(flags: string, description: string): Option {
  const made = new Option(flags, description);
  const variable = `HEADLIGHT_${made.name().replaceAll('-', '_').toUpperCase()}`;
  return process.env[variable] === '' ? made : made.env(variable);
}

/**
 * An option that is there or not. In the environment 0, false, no and off mean that it is not: commander itself looks
 * only at whether the variable is set.
 */
export function flag(flags: string, description: string): Option {
  const made = option(flags, description);
  const value = process.env[made.envVar ?? ''];
  const isOff = value !== undefined && ['', '0', 'false', 'no', 'off'].includes(value.toLowerCase());
  return isOff ? new Option(flags, description) : made;
}

function seconds(flags: string, description: string, byDefault: number): Option {
  return option(flags, description).default(byDefault).argParser(parseSeconds);
}

export function parseWhole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('Not a whole number.');
  return value;
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('Not a number above 0.');
  return value;
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw new InvalidArgumentError(`Allowed are ${LOG_LEVELS.join(', ')}.`);
  return level;
}

function parseNetwork(text: string): Network {
  const network = networkByName(text);
  if (network === undefined)
    throw new InvalidArgumentError(`Allowed are ${Object.keys(NETWORKS).join(', ')}.`);
  return network;
}

function parseChainwork(text: string): bigint {
  if (!/^(0x)?[0-9a-f]{1,64}$/i.test(text))
    throw new InvalidArgumentError('Not up to 64 hexadecimal digits.');
  return BigInt(`0x${text.replace(/^0x/i, '')}`);
}

/** One value from the command line each time; several, separated by commas or spaces, from the environment. */
function collect(text: string, previous: readonly string[] | undefined): readonly string[] {
  const added = text.split(/[\s,]+/).filter((part) => part !== '');
  const wrong = added.find((part) => parseEndpoint(part, 1) === undefined);
  if (wrong !== undefined || added.length === 0) throw new InvalidArgumentError('Not HOST or HOST:PORT.');
  return [...(previous ?? []), ...added];
}
