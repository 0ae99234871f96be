/** What the commands that connect tell the library, and how they say what it will not take. */

import type { Command } from 'commander';
import type { LightClientOptions } from '../index.ts';
import type { ConnectOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Options of a client that keeps its headers in the folder that was named. */
export function clientOptions(options: ConnectOptions, { signal }: Terminal): LightClientOptions {
  const { connect = [], addPeer = [], listen, proxy, onlyNet, minChainwork, start } = options;
  return {
    network: options.network,
    datadir: options.datadir,
    connect,
    addPeers: addPeer,
    maxPeers: options.maxPeers,
    savedPeers: options.savedPeers,
    gossip: options.gossip,
    anchors: options.anchors,
    pingIntervalMs: 1000 * options.pingInterval,
    silenceTimeoutMs: 1000 * options.silenceTimeout,
    signal,
    // Whether they are of any use otherwise is for the library to say.
    ...(options.dnsSeeds ? {} : { dnsSeeds: false }),
    ...(listen === undefined ? {} : { listen }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(onlyNet === undefined ? {} : { onlyNet }),
    ...(minChainwork === undefined ? {} : { minChainwork }),
    ...(start === undefined ? {} : { start }),
  };
}

/** What options cannot mean together, the library finds out: that is wrong usage like any other. */
export function orWrongUsage<T>(command: Command, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const advice = error.message.includes('proxy') ? ' (see --proxy)' : '';
    return wrongUsage(command, `${error.message}${advice}`);
  }
}

/** Whether an option was typed, not taken from the environment, where it may be meant for other commands. */
export function wasTyped(command: Command, option: string): boolean {
  return command.getOptionValueSource(option) === 'cli';
}

/** Ends the program as a wrong option does. */
export function wrongUsage(command: Command, message: string): never {
  return command.error(`error: ${message}`);
}
