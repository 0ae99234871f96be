/** What the library exports. `headlight/wire` and `headlight/chain` hold the parts below it. */

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
export { type EventListener, LightClient } from './light-client.ts';
export type { BlockInfo } from './block-answers.ts';
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
export * from './offline.ts';
export { type OwnTransaction, readOwnTransaction } from './own-transaction.ts';
export type { KnownPeer, PeerConnection } from './peer-list.ts';
export { type ProbeOptions, probePeers, type ProbeResult, type ProbeStart } from './probe-peers.ts';
export type { PeerKind } from './protocol/peer.ts';
export { type PeerList, readPeers, type ReadPeersOptions } from './read-peers.ts';
export { type DecodedFrame, decodeFrame } from './transport/decode-frame.ts';
export { FRAME_HEADER_SIZE_BYTES } from './transport/v1.ts';
export { scan, type ScanClientOptions } from './scan.ts';
export type {
  PaymentEvent,
  PaymentInput,
  PaymentOutput,
  PaymentRemovedEvent,
  ScanEvent,
  ScannedEvent,
  ScanProgressEvent,
} from './scan-events.ts';
export type { RangedDescriptor, ScanOptions } from './scan-options.ts';
export type { TxFilterOptions } from './tx-filter.ts';
