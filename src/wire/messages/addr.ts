/** `addr` and `addrv2`: addresses of other nodes (BIP 155). */

import { type Codec, list, struct } from '../codec.ts';
import { type AddressV2, addressV2, type TimedAddress, timedAddress } from '../net-address.ts';

/** Most addresses in one message (Core: MAX_ADDR_TO_SEND). */
export const MAX_ADDRESSES_PER_MESSAGE = 1000;

export interface AddrPayload {
  readonly addresses: readonly TimedAddress[];
}

export const addr: Codec<AddrPayload> = struct<AddrPayload>({
  addresses: list(timedAddress, MAX_ADDRESSES_PER_MESSAGE),
});

export interface AddrV2Payload {
  readonly addresses: readonly AddressV2[];
}

export const addrV2: Codec<AddrV2Payload> = struct<AddrV2Payload>({
  addresses: list(addressV2, MAX_ADDRESSES_PER_MESSAGE),
});
