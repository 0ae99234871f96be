/** Messages as peers send them, with little to say about each. */
import { encodeHeaders, type Header } from '../../src/wire/header.ts';
import { INVENTORY } from '../../src/wire/inventory.ts';
import type { Command, Message, MessageOf } from '../../src/wire/message.ts';
import type { VersionPayload } from '../../src/wire/messages/version.ts';
import { SERVICES } from '../../src/wire/services.ts';

/** The service bits of an ordinary full node. */
export const FULL_NODE: bigint = SERVICES.NETWORK | SERVICES.WITNESS;

export const VERACK: Message = { command: 'verack', payload: {} };
export const WTXIDRELAY: Message = { command: 'wtxidrelay', payload: {} };
export const SENDADDRV2: Message = { command: 'sendaddrv2', payload: {} };

/** The version of an ordinary full node, but for what is given. */
export function versionOf(fields: Partial<VersionPayload> = {}): MessageOf<'version'> {
  const nowhere = { services: 0n, ip: new Uint8Array(16), port: 0 };
  const payload = {
    version: 70016,
    services: FULL_NODE,
    time: 1_400_000_000n,
    receiver: nowhere,
    sender: nowhere,
    nonce: 77n,
    userAgent: '/Satoshi:29.0.0/',
    startHeight: 0,
    relay: true,
    ...fields,
  };
  return { command: 'version', payload };
}

export function pingOf(nonce: bigint): Message {
  return { command: 'ping', payload: { nonce } };
}

export function pongOf(nonce: bigint): Message {
  return { command: 'pong', payload: { nonce } };
}

/** @param headers 80 bytes each, or decoded. */
export function headersOf(headers: Uint8Array | readonly Header[]): MessageOf<'headers'> {
  return {
    command: 'headers',
    payload: { headers: headers instanceof Uint8Array ? headers : encodeHeaders(headers) },
  };
}

export function blockInv(...hashes: readonly Uint8Array[]): MessageOf<'inv'> {
  return { command: 'inv', payload: { items: hashes.map((hash) => ({ type: INVENTORY.BLOCK, hash })) } };
}

/** The messages that some outputs ask to be sent. */
export function sent(outputs: readonly object[]): Message[] {
  return outputs.flatMap((output) =>
    'do' in output && output.do === 'send' && 'message' in output ? [output.message as Message] : [],
  );
}

/** Their commands. */
export function sentCommands(outputs: readonly object[]): Command[] {
  return sent(outputs).map(({ command }) => command);
}

/** The only message of a command among those sent; fails when there is none, or more than one. */
export function onlySent<C extends Command>(outputs: readonly object[], command: C): MessageOf<C> {
  const found = sent(outputs).filter((message) => message.command === command);
  if (found.length !== 1) throw new Error(`${found.length} ${command} messages, not one`);
  return found[0] as MessageOf<C>;
}
