/** What a client is told and asks for, in a line each: for traces. */
import type { LightNodeInput, LightNodeOutput } from '../../src/protocol/light-node.ts';
import { endpointText } from '../../src/protocol/peer.ts';

export function describeInput(input: LightNodeInput): string {
  switch (input.type) {
    case 'received': {
      const { command, payload } = input.message;
      const count =
        command === 'headers'
          ? ` ${payload.headers.length}`
          : command === 'addr' || command === 'addrv2'
            ? ` ${payload.addresses.length}`
            : '';
      return `${input.peer} ${command}${count}`;
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
    case 'tick':
      return input.type;
  }
}

export function describeOutput(output: LightNodeOutput): string {
  switch (output.do) {
    case 'dial':
      return `${output.peer} dial ${endpointText(output.endpoint)}`;
    case 'send':
      return `${output.peer} ${output.message.command}`;
    case 'send-headers':
      return `${output.peer} headers ${output.count}`;
    case 'hang-up':
      return `${output.peer} hang-up`;
    case 'persist':
      return `persist up to ${output.change.tip.height}`;
    case 'look-up':
      return `look-up ${output.name}`;
    case 'report':
      return output.event.event === 'peer-disconnected'
        ? `report ${output.event.endpoint.host} ${output.event.disconnect.reason}: ${output.event.disconnect.detail}`
        : `report ${output.event.event}`;
    case 'finish':
      return `finish ${output.failure?.code ?? ''}`;
    case 'save-peers':
      return `save-peers ${output.change.put.length}`;
  }
}
