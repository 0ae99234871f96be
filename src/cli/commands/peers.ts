/** `headlight peers`: who is connected, which addresses are known, and with --probe which of those are alive. */

import type { Command } from 'commander';
import { type PeerList, readPeers } from '../../index.ts';
import { wasTyped, wrongUsage } from '../client-options.ts';
import { formatCount } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import {
  addReachOptions,
  addStoreOptions,
  countTo,
  flag,
  option,
  outputOptions,
  seconds,
  type StoreOptions,
} from '../options.ts';
import { Output } from '../output.ts';
import {
  byLastSeen,
  countBook,
  countByNetwork,
  formatBook,
  formatConnections,
  formatKnown,
} from '../peers-report.ts';
import { probe, type ProbeCommandOptions } from '../probe.ts';
import { warnOfRepair } from '../repair.ts';
import { type Terminal, widthOf } from '../terminal.ts';

interface PeersOptions extends ProbeCommandOptions {
  readonly all?: boolean;
  readonly probe?: boolean;
}

/** Addresses that are shown unless all are wanted. */
const SHOWN_ADDRESSES = 20;
const MAX_PARALLEL = 1_000;
/** Options that say how to probe, as they are called inside. */
const PROBE_OPTIONS = {
  parallel: '--parallel',
  probeTimeout: '--probe-timeout',
  proxy: '--proxy',
  onlyNet: '--only-net',
};

export function addPeers(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command('peers')
    .description('show who is connected and which addresses are known')
    .addOption(flag('--all', `all known addresses, not only the latest ${SHOWN_ADDRESSES}`))
    .action((options: PeersOptions) => peers(options, command, terminal));
  addStoreOptions(command)
    .optionsGroup('Probing:')
    .addOption(flag('--probe', 'call each known address once, and tell which are alive'))
    .addOption(option('--parallel <n>', 'calls at a time').default(64).argParser(countTo(MAX_PARALLEL)))
    .addOption(seconds('--probe-timeout <seconds>', 'time that a peer has for the handshake', 10));
  addReachOptions(command);
}

async function peers(options: PeersOptions, command: Command, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  if (options.probe === true) return probe(options, command, output, terminal);
  for (const [name, typed] of Object.entries(PROBE_OPTIONS))
    if (wasTyped(command, name)) wrongUsage(command, `${typed} is of use with --probe only`);
  const list = await readPeers(options);
  warnOfRepair(list, output);
  tellPrograms(list, options, output);
  tellPeople(list, options, output, terminal);
}

function tellPrograms(
  { pid, listening, connections, known }: PeerList,
  { network }: StoreOptions,
  output: Output,
): void {
  if (!output.json) return;
  for (const connection of connections) output.object(jsonEvent('connection', network.name, connection));
  for (const address of known.toSorted(byLastSeen))
    output.object(jsonEvent('address', network.name, address));
  const summary = {
    running: pid !== undefined,
    pid,
    listening,
    connected: connections.length,
    ...countBook(known),
    networks: countByNetwork(known),
  };
  output.object(jsonEvent('peers', network.name, summary));
}

function tellPeople(list: PeerList, options: PeersOptions, output: Output, terminal: Terminal): void {
  if (output.json) return;
  const { connections, known } = list;
  const width = widthOf(terminal);
  const show = (lines: readonly string[]): void => {
    for (const line of lines) output.line(line);
  };
  output.line(headline(list, options));
  if (list.source === 'running') show(['', ...formatConnections(connections, width)]);
  if (known.length === 0) {
    show([
      '',
      `No address is known yet: ${terminal.programName} sync finds some, unless --connect names the peers.`,
    ]);
    return;
  }
  show(['', ...formatBook(known, width), '']);
  const latest = known.toSorted(byLastSeen).slice(0, options.all === true ? known.length : SHOWN_ADDRESSES);
  show(formatKnown(latest, Date.now(), width));
  const more = known.length - latest.length;
  if (more > 0) output.line(`and ${formatCount(more)} more; --all shows them`);
}

function headline(
  { source, pid, listening, connections, known }: PeerList,
  { network }: StoreOptions,
): string {
  if (source === 'stored') {
    const rest = known.length === 0 ? '' : '; addresses from the last run:';
    return `headlight is not running on ${network.name} here${rest}`;
  }
  const inbound = connections.filter(({ direction }) => direction === 'inbound').length;
  const counts = `${connections.length - inbound} outbound and ${inbound} inbound connections`;
  const where = listening === undefined ? '' : `, listening on ${listening}`;
  return `headlight is running on ${network.name} here (process ${pid})${where}: ${counts}`;
}
