/** What the library exports. `headlight/wire` and `headlight/chain` hold the parts below it. */

export { resolveStart } from './chain-start.ts';
export { type ChainStatus, readStatus } from './chain-status.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export type {
  BlockEvent,
  ClientEvent,
  Direction,
  ErrorEvent,
  PeerConnectedEvent,
  PeerDisconnectedEvent,
  ProgressEvent,
  ReorgEvent,
  SyncedEvent,
  WarningEvent,
} from './client-events.ts';
export { endpointText, parseEndpoint } from './endpoint.ts';
export { HeaderChain, type OpenOptions, type Tip } from './header-chain.ts';
export { describeFields, type HeaderFieldsInfo, type HeaderInfo } from './header-info.ts';
export { type ImportFault, importHeaders, type ImportResult } from './import-headers.ts';
export { type EventListener, LightClient } from './light-client.ts';
export type { LightClientOptions, MempoolWatchOptions } from './light-client-options.ts';
export type {
  EventsDroppedEvent,
  FamilyInfo,
  MempoolEvent,
  SendEvent,
  TxEvent,
  TxInputInfo,
  TxOutputInfo,
  TxRemovalReason,
  TxRemovedEvent,
  TxStanding,
  TxUpdatedEvent,
} from './mempool-events.ts';
export type { MempoolView } from './mempool-view.ts';
export { type Anchor, AnchorTable } from './networks/anchor-table.ts';
export { networkByName, NETWORKS } from './networks/by-name.ts';
export type { Network, NetworkName } from './networks/network.ts';
export { type OwnTransaction, readOwnTransaction } from './own-transaction.ts';
export type { KnownPeer, PeerConnection } from './peer-list.ts';
export { type ProbeOptions, probePeers, type ProbeResult, type ProbeStart } from './probe-peers.ts';
export type { PeerKind } from './protocol/peer.ts';
export { type PeerList, readPeers, type ReadPeersOptions } from './read-peers.ts';
export type { ReachOptions } from './reach.ts';
export type { ChainStart } from './store/chain-start.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
export { BUNDLED_HEADERS_FILE, VERSION } from './package-info.ts';
export { type DecodedFrame, decodeFrame } from './transport/decode-frame.ts';
export { FRAME_HEADER_SIZE_BYTES } from './transport/v1.ts';
export { HOST_NETWORKS, type HostNetwork } from './wire/host.ts';
export type { TxFilterOptions } from './tx-filter.ts';
export { verifyChain, type VerifyFault, type VerifyResult } from './verify-chain.ts';
