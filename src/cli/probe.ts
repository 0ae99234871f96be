/** `headlight peers --probe`: calls each known address and tells who is there, as it comes. */

import type { Command } from 'commander';
import { HOST_NETWORKS, probePeers, type ProbeResult, type ProbeStart, type ReachOptions } from '../index.ts';
import { orWrongUsage } from './client-options.ts';
import { Failure } from './failure.ts';
import { formatCount, formatFields, formatLatency } from './format.ts';
import { jsonEvent } from './json-event.ts';
import type { StoreOptions } from './options.ts';
import type { Output } from './output.ts';
import { Progress } from './progress.ts';
import { rateMeter } from './rate-meter.ts';
import { serviceLetters } from './service-letters.ts';
import { Interrupted, type Terminal, widthOf } from './terminal.ts';

export interface ProbeCommandOptions extends StoreOptions, ReachOptions {
  readonly parallel: number;
  readonly probeTimeout: number;
}

export async function probe(
  options: ProbeCommandOptions,
  command: Command,
  output: Output,
  terminal: Terminal,
): Promise<void> {
  const { network, datadir, parallel, probeTimeout, proxy, onlyNet } = options;
  const { signal } = terminal;
  const progress = new Progress(terminal, output, 'Probing', { place: 'tried', items: 'addresses' });
  const rate = rateMeter();
  const results: ProbeResult[] = [];
  let start: ProbeStart = { addressCount: 0, notSaved: undefined };
  const onStart = (begun: ProbeStart): void => {
    start = begun;
    announce(begun, options, output, terminal);
  };
  const probing = orWrongUsage(command, () =>
    probePeers({
      network,
      datadir,
      parallel,
      timeoutSeconds: probeTimeout,
      onStart,
      signal,
      ...(proxy === undefined ? {} : { proxy }),
      ...(onlyNet === undefined ? {} : { onlyNet }),
    }),
  );
  try {
    for await (const result of probing) {
      results.push(result);
      show(result, options, output, terminal);
      const { length } = results;
      progress.update({ height: length, target: start.addressCount, perSecond: rate.of(length) });
    }
  } finally {
    progress.stop();
  }
  summarize(results, start, options, output);
  if (signal.aborted) {
    const tried = `${formatCount(results.length)} of ${formatCount(start.addressCount)} addresses were tried`;
    const kept = start.notSaved === undefined ? 'what was learnt of them is saved' : 'nothing was saved';
    throw new Interrupted(`${tried}, ${kept}`);
  }
}

function announce(
  { addressCount, notSaved }: ProbeStart,
  { network }: ProbeCommandOptions,
  output: Output,
  { programName }: Terminal,
): void {
  if (addressCount === 0) {
    const advice = `run ${programName} sync first, which finds some, or see --only-net and --proxy`;
    throw new Failure('no-peer', `no address that can be called is known for ${network.name}; ${advice}`);
  }
  if (notSaved !== undefined)
    output.remark('warning', `Warning: what is learnt is not saved: ${notSaved} (peers-not-saved)`);
  output.remark('info', `Probing ${formatCount(addressCount)} addresses of ${network.name}`);
}

/** One line for each that is alive; programs are told of the others too. */
function show(result: ProbeResult, { network }: StoreOptions, output: Output, terminal: Terminal): void {
  const { isAlive: alive, ...said } = result;
  output.object(jsonEvent('probe', network.name, { ...said, alive }));
  if (!alive) return;
  const { latencyMs, services, height, userAgent, address } = result;
  const parts = [
    (latencyMs === null ? '' : formatLatency(latencyMs)).padStart(8),
    serviceLetters(services).padEnd(6),
    (height === null ? '' : formatCount(height)).padStart(9),
    address,
    userAgent ?? '',
  ];
  output.line(parts.join('  ').slice(0, widthOf(terminal)).trimEnd());
}

function summarize(
  results: readonly ProbeResult[],
  { notSaved }: ProbeStart,
  { network }: StoreOptions,
  output: Output,
): void {
  const alive = results.filter(({ isAlive }) => isAlive);
  const medianLatencyMs = median(alive.flatMap(({ latencyMs }) => latencyMs ?? []));
  const networks = HOST_NETWORKS.map((kind) => {
    const isOfKind = ({ hostNetwork }: ProbeResult): boolean => hostNetwork === kind;
    return [kind, { tried: results.filter(isOfKind).length, alive: alive.filter(isOfKind).length }] as const;
  }).filter(([, { tried }]) => tried > 0);
  const counts = {
    tried: results.length,
    alive: alive.length,
    medianLatencyMs,
    saved: notSaved === undefined,
  };
  output.object(jsonEvent('probed', network.name, { ...counts, networks: Object.fromEntries(networks) }));
  const latency = medianLatencyMs === null ? '' : `, median latency ${formatLatency(medianLatencyMs)}`;
  output.line(`${formatCount(alive.length)} of ${formatCount(results.length)} addresses answered${latency}`);
  const lines = networks.map(
    ([kind, found]) => [kind, `${formatCount(found.alive)} of ${formatCount(found.tried)}`] as const,
  );
  for (const line of formatFields(lines)) output.line(line);
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
