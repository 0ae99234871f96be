/** `version`: the first message of either side (Core: src/net_processing.cpp, PushNodeVersion). */

import type { Reader } from '../../bytes/reader.ts';
import type { Writer } from '../../bytes/writer.ts';
import { bool, type Codec, field, i32, i64, u64, varText } from '../codec.ts';
import { type NetAddress, netAddress } from '../net-address.ts';

/** Longest user agent, in bytes (Core: MAX_SUBVERSION_LENGTH). */
export const MAX_USER_AGENT_SIZE_BYTES = 256;

const userAgent = varText(MAX_USER_AGENT_SIZE_BYTES);

/** Fields after `receiver` came one by one over the years; old nodes leave the last ones out. */
export interface VersionPayload {
  readonly version: number;
  readonly services: bigint;
  /** The sender's clock, Unix seconds; may be negative nonsense. */
  readonly time: bigint;
  readonly receiver: NetAddress;
  readonly sender?: NetAddress;
  /** Random for each connection, so that a node can tell that it dialled itself. */
  readonly nonce?: bigint;
  /** BIP 14, such as `/Satoshi:29.0.0/`. */
  readonly userAgent?: string;
  /** Height that the sender claims; nothing proves it. */
  readonly startHeight?: number;
  /** Whether transactions may be announced to the sender (BIP 37); when absent they may. */
  readonly relay?: boolean;
  /**
   * Bytes of fields that were added after we were written. Some clients write `relay` as neither 0 nor 1, which Core
   * takes for yes: such a byte stands here, first, and `relay` is absent.
   */
  readonly extra?: Uint8Array;
}

type Optional = Exclude<keyof VersionPayload, 'version' | 'services' | 'time' | 'receiver'>;

interface OptionalField {
  readonly name: Optional;
  readonly read: (reader: Reader) => unknown;
  readonly write: (writer: Writer, payload: VersionPayload) => void;
}

function optional<K extends Optional>(name: K, codec: Codec<Required<VersionPayload>[K]>): OptionalField {
  return {
    name,
    read: (reader) => codec.read(reader),
    write: (writer, payload) => codec.write(writer, payload[name] as Required<VersionPayload>[K]),
  };
}

const rest: Codec<Uint8Array> = {
  minSize: 0,
  read: (reader) => reader.bytes(reader.remaining),
  write: (writer, value) => writer.bytes(value),
};

const OPTIONAL_FIELDS: readonly OptionalField[] = [
  optional('sender', netAddress),
  optional('nonce', u64),
  optional('userAgent', userAgent),
  optional('startHeight', i32),
  optional('relay', bool),
  optional('extra', rest),
];

export const version: Codec<VersionPayload> = {
  minSize: 4 + 8 + 8 + netAddress.minSize,
  read(reader) {
    const payload: Record<string, unknown> = {
      version: field('version', () => reader.i32()),
      services: field('services', () => reader.u64()),
      time: field('time', () => i64.read(reader)),
      receiver: field('receiver', () => netAddress.read(reader)),
    };
    for (const { name, read } of OPTIONAL_FIELDS) {
      if (reader.remaining === 0) break;
      if (name === 'relay' && !isBool(reader.peek())) continue;
      payload[name] = field(name, () => read(reader));
    }
    return payload as unknown as VersionPayload;
  },
  write(writer, payload) {
    writer.i32(payload.version);
    writer.u64(payload.services);
    writer.i64(payload.time);
    netAddress.write(writer, payload.receiver);
    const relayInExtra =
      payload.relay === undefined && payload.extra !== undefined && !isBool(payload.extra[0]);
    const fields = OPTIONAL_FIELDS.filter(({ name }) => name !== 'relay' || !relayInExtra);
    const absent = fields.findIndex(({ name }) => payload[name] === undefined);
    const present = absent === -1 ? fields : fields.slice(0, absent);
    const stray = fields.slice(present.length).find(({ name }) => payload[name] !== undefined);
    if (stray !== undefined) {
      throw new TypeError(`version: ${stray.name} is given without ${fields[present.length]?.name}`);
    }
    for (const { write } of present) write(writer, payload);
  },
};

function isBool(byte: number | undefined): boolean {
  return byte === 0 || byte === 1;
}
