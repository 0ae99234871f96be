/** `headlight/script`: what output scripts pay to, addresses, and scripts as text. */

export { type AddressFault, addressOf, parseAddress, type WrongAddress } from './address.ts';
export { OUTPUT_TYPES, type OutputType, outputType } from './classify.ts';
export {
  type Descriptor,
  descriptorChecksum,
  type DescriptorFault,
  parseDescriptor,
  type WrongDescriptor,
} from './descriptor.ts';
export { disassemble, disassembleInput } from './disassemble.ts';
export { opReturnText } from './op-return.ts';
export { opcodeName } from './opcodes.ts';
export { revealedScripts } from './revealed-script.ts';
export { isPushOnly, type ScriptOp, scriptOps } from './script-ops.ts';
export { networkByName, NETWORKS } from '../networks/by-name.ts';
export type { Network, NetworkName } from '../networks/network.ts';
