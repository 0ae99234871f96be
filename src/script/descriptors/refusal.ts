/** How the parts of the parser say that a text is no descriptor that we can use. */

/**
 * Why a text is no descriptor of a network.
 *
 * - `descriptor-syntax`: it is not written like a descriptor, or breaks a rule of its functions, keys and paths.
 * - `descriptor-checksum`: the eight characters behind the `#` do not fit the text before it.
 * - `descriptor-network`: a key or an address in it is of another network.
 * - `descriptor-private-key`: it holds a private key, or its scripts cannot be made without one.
 * - `descriptor-unsupported`: others may know what it means (Miniscript, MuSig), or it is larger than we take.
 */
export type DescriptorFault =
  | 'descriptor-syntax'
  | 'descriptor-checksum'
  | 'descriptor-network'
  | 'descriptor-private-key'
  | 'descriptor-unsupported';

export interface WrongDescriptor {
  readonly code: DescriptorFault;
  /** What is wrong, without the text itself: it may hold somebody's private key. */
  readonly detail: string;
}

/** Thrown within the parser, and caught by `parseDescriptor` alone. */
export class Refusal extends Error implements WrongDescriptor {
  readonly code: DescriptorFault;

  constructor(code: DescriptorFault, detail: string) {
    super(detail);
    this.code = code;
  }

  get detail(): string {
    return this.message;
  }
}

/** What is not written as it must be. */
export function badSyntax(detail: string): Refusal {
  return new Refusal('descriptor-syntax', detail);
}
