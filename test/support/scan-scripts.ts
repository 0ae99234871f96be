/** Output scripts of all kinds that wallets use, and the inputs that spend them, as far as anybody without keys can tell. */
import { hash160, sha256d } from '../../src/bytes/hash.ts';
import { fromHex } from '../../src/bytes/hex.ts';
import type { OutPoint, TxInput } from '../../src/wire/tx.ts';

/** `future` is a witness program of a version that has no rules yet: an input can show whatever it likes. */
export type ScriptKind = 'p2wpkh' | 'p2pkh' | 'p2sh' | 'p2tr' | 'bare' | 'future';

export interface MadeScript {
  readonly kind: ScriptKind;
  readonly script: Uint8Array;
  /** Whether an input that spends it shows it. */
  readonly isShown: boolean;
  readonly spend: (previous: OutPoint) => TxInput;
}

const SIGNATURE = fromHex('300602010102017f01');
const NOTHING = new Uint8Array();

/** @param n another script for each number below 2^24. */
export function madeScript(kind: ScriptKind, n: number): MadeScript {
  const key = Uint8Array.of(2, ...new Uint8Array(29).fill(0x22), n & 0xff, (n >> 8) & 0xff, n >> 16);
  switch (kind) {
    case 'p2wpkh':
      return made(kind, [0, 20, ...hash160(key)], { witness: [SIGNATURE, key] });
    case 'p2pkh':
      return made(kind, [0x76, 0xa9, 20, ...hash160(key), 0x88, 0xac], { script: pushes(SIGNATURE, key) });
    case 'p2sh': {
      const redeem = Uint8Array.of(...pushes(key), 0xac);
      return made(kind, [0xa9, 20, ...hash160(redeem), 0x87], { script: pushes(SIGNATURE, redeem) });
    }
    case 'p2tr':
      return made(kind, [0x51, 32, ...sha256d(key)], { witness: [new Uint8Array(64).fill(7)] }, false);
    case 'bare':
      return made(kind, [...pushes(key), 0xac], { script: pushes(SIGNATURE) }, false);
    case 'future':
      return made(kind, [0x52, 32, ...sha256d(key)], { witness: [SIGNATURE, key] }, false);
  }
}

function made(
  kind: ScriptKind,
  script: readonly number[],
  { script: inputScript = NOTHING, witness = [] }: Partial<Pick<TxInput, 'script' | 'witness'>>,
  isShown = true,
): MadeScript {
  return {
    kind,
    script: Uint8Array.from(script),
    isShown,
    spend: (previous) => ({ previous, script: inputScript, sequence: 0xffff_ffff, witness }),
  };
}

function pushes(...items: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(items.flatMap((item) => [item.length, ...item]));
}
