/** `headlight/offline`: what needs no peer. Loading it takes half the time of the whole library. */

export { resolveStart } from './chain-start.ts';
export { type ChainStatus, readStatus } from './chain-status.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export { endpointText, parseEndpoint } from './endpoint.ts';
export { HeaderChain, type OpenOptions, type Tip } from './header-chain.ts';
export { describeFields, type HeaderFieldsInfo, type HeaderInfo } from './header-info.ts';
export { type ImportFault, importHeaders, type ImportResult } from './import-headers.ts';
export { makeProof, type ProvingBlock } from './merkle-proof.ts';
export type { BlockRefusal, ProvenBlock } from './merkle-proof-block.ts';
export { type Anchor, AnchorTable } from './networks/anchor-table.ts';
export { networkByName, NETWORKS } from './networks/by-name.ts';
export type { Network, NetworkName } from './networks/network.ts';
export { BUNDLED_HEADERS_FILE, VERSION } from './package-info.ts';
export type { ReachOptions } from './reach.ts';
export type { ChainStart } from './store/chain-start.ts';
export { StoreError, type StoreErrorCode } from './store/store-error.ts';
export { verifyChain, type VerifyFault, type VerifyResult } from './verify-chain.ts';
export {
  type ProofRefusal,
  type ProofResult,
  type ProvenTx,
  type RefusedProof,
  type ValidProof,
  verifyProof,
  type VerifyProofOptions,
} from './verify-proof.ts';
export { HOST_NETWORKS, type HostNetwork } from './wire/host.ts';
