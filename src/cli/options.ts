/** The options that commands share, each also to be had from the environment as HEADLIGHT_<NAME>. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import envPaths from 'env-paths';
import {
  HOST_NETWORKS,
  type HostNetwork,
  networkByName,
  NETWORKS,
  type Network,
  parseEndpoint,
  type ReachOptions,
} from '../offline.ts';
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

/** Options of the commands that are about a network. */
export interface NetworkOptions extends CommonOptions {
  readonly network: Network;
}

/** Options of the commands that use a store. */
export interface StoreOptions extends NetworkOptions {
  readonly datadir: string;
}

/** Options of the commands that may begin a store. */
export interface StartOptions extends StoreOptions {
  readonly start?: number;
}

/** Options of the commands that connect. */
export interface ConnectOptions extends StartOptions, ReachOptions {
  readonly connect?: readonly string[];
  readonly addPeer?: readonly string[];
  readonly maxPeers: number;
  readonly listen?: string;
  /** These are there unless they were switched off. */
  readonly dnsSeeds: boolean;
  readonly savedPeers: boolean;
  readonly gossip: boolean;
  readonly anchors: boolean;
  readonly minChainwork?: bigint;
  readonly pingInterval: number;
  readonly silenceTimeout: number;
}

/** Most connections that can be asked for. */
const MAX_PEERS = 125;

export function addCommonOptions(command: Command): Command {
  return command
    .addOption(flag('--json', 'newline-delimited JSON on stdout, one event a line'))
    .addOption(flag('--quiet', 'errors only on stderr, no progress'))
    .addOption(flag('--verbose', 'say more on stderr, as --log-level debug'))
    .addOption(
      option('--log-level <level>', `what to say on stderr: ${LOG_LEVELS.join(', ')}`)
        .default(undefined, 'info')
        .argParser(oneOf(LOG_LEVELS)),
    );
}

export function addNetworkOptions(command: Command): Command {
  const names = Object.keys(NETWORKS).join(', ');
  return addCommonOptions(command).addOption(
    option('--network <name>', names).default(NETWORKS.mainnet, 'mainnet').argParser(parseNetwork),
  );
}

export function addStoreOptions(command: Command): Command {
  return addNetworkOptions(command).addOption(
    option('--datadir <dir>', 'folder for headers and peers').default(DEFAULT_DATADIR),
  );
}

export function addStartOptions(command: Command): Command {
  return addStoreOptions(command).addOption(
    option(
      '--start <height>',
      'begin a new store at the built-in anchor at or below this height, not at genesis (mainnet only)',
    ).argParser(parseWhole),
  );
}

/** @param listenDefault where the command listens when nothing is said. */
export function addConnectOptions(command: Command, listenDefault?: string): Command {
  addStartOptions(command)
    .addOption(flag('--no-anchors', 'ask for headers without the help of built-in hashes'))
    .optionsGroup('Peers:');
  command
    .addOption(option('--connect <host:port>', 'call only this peer (repeatable)').argParser(collect))
    .addOption(option('--add-peer <host:port>', 'call this peer first (repeatable)').argParser(collect))
    .addOption(
      option('--max-peers <n>', `connections to keep, up to ${MAX_PEERS}`)
        .default(8)
        .argParser(parseMaxPeers),
    )
    .addOption(
      option('--listen <host:port>', 'accept connections there')
        .default(undefined, listenDefault)
        .argParser(parseListen),
    );
  addReachOptions(command)
    .addOption(
      option(
        '--min-chainwork <hex>',
        "work below which a peer's chain is not believed, 0 for none (default: the network's own)",
      ).argParser(parseChainwork),
    )
    .addOption(seconds('--ping-interval <seconds>', 'time between pings', 30))
    .addOption(seconds('--silence-timeout <seconds>', 'drop a peer that said nothing for so long', 90))
    .optionsGroup('Sources of peers that are not to be used:')
    .addOption(flag('--no-dns-seeds', "the network's DNS seeds"))
    .addOption(flag('--no-saved-peers', 'what earlier runs have learnt; this one keeps nothing either'))
    .addOption(flag('--no-gossip', 'what peers know of other peers'));
  return command;
}

export function addReachOptions(command: Command): Command {
  return command
    .addOption(
      option('--proxy <host:port>', 'SOCKS5 proxy for all connections; no name is looked up here').argParser(
        parseProxy,
      ),
    )
    .addOption(
      option('--only-net <net>', `call only ${HOST_NETWORKS.join(', ')} (repeatable)`).argParser(collectNets),
    );
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

export function seconds(flags: string, description: string, byDefault: number): Option {
  return option(flags, description).default(byDefault).argParser(parseSeconds);
}

/** Seconds that one timer can wait: Node.js lets longer ones fire at once. */
const MAX_TIMER_SECONDS = 2_000_000;

/** Seconds for which a timer is set. */
export function timerSeconds(flags: string, description: string, byDefault?: number): Option {
  return option(flags, description)
    .default(byDefault)
    .argParser((text) => {
      const value = parseSeconds(text);
      if (value > MAX_TIMER_SECONDS)
        throw new InvalidArgumentError(`More than ${MAX_TIMER_SECONDS} (23 days).`);
      return value;
    });
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

/** @returns a parser of whole numbers from 1 to the most that is allowed. */
export function countTo(most: number): (text: string) => number {
  return (text) => {
    const value = parseWhole(text);
    if (value < 1 || value > most) throw new InvalidArgumentError(`Not from 1 to ${most}.`);
    return value;
  };
}

const parseMaxPeers = countTo(MAX_PEERS);

function parseListen(text: string): string {
  if (parseEndpoint(text, 1, 0) === undefined) throw new InvalidArgumentError('Not HOST or HOST:PORT.');
  return text;
}

function parseProxy(text: string): string {
  if (parseEndpoint(text, 1) === undefined) throw new InvalidArgumentError('Not HOST or HOST:PORT.');
  return text;
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

/**
 * A parser of an option that may be given several times: one value from the command line each time; several, separated
 * by commas or spaces, from the environment.
 *
 * @param read throws for what is no such value, also for an empty one.
 */
export function collecting<T>(
  read: (text: string) => T,
): (text: string, previous: readonly T[] | undefined) => readonly T[] {
  return (text, previous) => {
    const parts = partsOf(text);
    const added = (parts.length === 0 ? [''] : parts).map(read);
    return [...(previous ?? []), ...added];
  };
}

/** @returns a parser of one of the values that there are. */
export function oneOf<T extends string>(known: readonly T[]): (text: string) => T {
  return (text) => {
    const found = known.find((value) => value === text);
    if (found === undefined) throw new InvalidArgumentError(`Allowed are ${known.join(', ')}.`);
    return found;
  };
}

const collect = collecting((text) => {
  if (parseEndpoint(text, 1) === undefined) throw new InvalidArgumentError('Not HOST or HOST:PORT.');
  return text;
});

const collectNets = collecting<HostNetwork>(oneOf(HOST_NETWORKS));

function partsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((part) => part !== '');
}
