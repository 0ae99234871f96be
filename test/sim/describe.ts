/** What a client is told and asks for, in a line each: for traces. */
import { toHex } from '../../src/bytes/hex.ts';
import type { LightNodeInput, LightNodeOutput } from '../../src/protocol/light-node.ts';
import type { NodeEvent } from '../../src/protocol/events.ts';
import { endpointText } from '../../src/protocol/peer.ts';
import { HEADER_SIZE_BYTES, headerHash } from '../../src/wire/header.ts';
import { identify } from '../../src/wire/identified-tx.ts';
import type { Message } from '../../src/wire/message.ts';

const MOST_NAMED = 20;

export function describeInput(input: LightNodeInput): string {
  switch (input.type) {
    case 'received': {
      const { command, payload } = input.message;
      const count =
        command === 'headers'
          ? ` ${payload.headers.length / HEADER_SIZE_BYTES}`
          : command === 'addr' || command === 'addrv2'
            ? ` ${payload.addresses.length}`
            : '';
      return `${input.peer} ${command}${count}${describeItems(input.message)}`;
    }
    case 'lost':
      return `${input.peer} lost: ${input.disconnect.reason}`;
    case 'connected':
      return `${input.peer} connected`;
    case 'accepted':
      return `${input.peer} accepted from ${input.endpoint.host}`;
    case 'looked-up':
      return `${input.name} is ${input.addresses.length} addresses`;
    case 'started':
    case 'listening':
    case 'stopping':
    case 'submitted':
    case 'block-wanted':
    case 'tick':
      return input.type;
  }
}

export function describeOutput(output: LightNodeOutput): string {
  switch (output.do) {
    case 'dial':
      return `${output.peer} dial ${endpointText(output.endpoint)}`;
    case 'send':
      return `${output.peer} ${output.message.command}${describeItems(output.message)}`;
    case 'send-headers':
      return `${output.peer} headers ${output.count}`;
    case 'hang-up':
      return `${output.peer} hang-up`;
    case 'persist':
      return `persist up to ${output.change.tip.height}`;
    case 'look-up':
      return `look-up ${output.name}`;
    case 'report':
      return `report ${describeEvent(output.event)}`;
    case 'finish':
      return `finish ${output.failure?.code ?? ''}`;
    case 'save-peers':
      return `save-peers ${output.change.put.length}`;
    case 'save-scan':
      return `save-scan up to ${output.change.scanned?.height}`;
  }
}

function describeEvent(event: NodeEvent): string {
  if (event.event === 'peer-disconnected')
    return `${event.endpoint.host} ${event.disconnect.reason}: ${event.disconnect.detail}`;
  if (event.event === 'tx')
    return `tx ${short(event.tx.txid)} of ${event.tx.peerCount}${event.tx.isReturned ? ', returned' : ''}`;
  if (event.event === 'tx-removed')
    return `tx-removed ${short(event.txid)} ${event.reason} ${short(event.replacedBy ?? event.block?.hash)}`;
  return event.event;
}

/** The first few of what a message names or holds. */
function describeItems({ command, payload }: Message): string {
  if (command === 'inv' || command === 'getdata' || command === 'notfound')
    return ` ${payload.items
      .slice(0, MOST_NAMED)
      .map(({ hash }) => short(hash))
      .join(',')}`;
  if (command === 'tx') return ` ${short(identify(payload).txid)}`;
  return command === 'block' ? ` ${short(headerHash(payload.header))}` : '';
}

function short(hash: Uint8Array | undefined): string {
  return hash === undefined ? '' : toHex(hash.subarray(0, 4));
}
