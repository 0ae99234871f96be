/** The operations of Script and the names that nodes print for them (Core: src/script/script.h, GetOpName). */

/** The opcodes that we look for by name. */
export const OP = {
  PUSHDATA1: 0x4c,
  PUSHDATA2: 0x4d,
  PUSHDATA4: 0x4e,
  RESERVED: 0x50,
  ONE: 0x51,
  SIXTEEN: 0x60,
  RETURN: 0x6a,
  DUP: 0x76,
  EQUAL: 0x87,
  EQUALVERIFY: 0x88,
  NUMEQUAL: 0x9c,
  HASH160: 0xa9,
  CHECKSIG: 0xac,
  CHECKMULTISIG: 0xae,
  CHECKSIGADD: 0xba,
} as const;

/** Names from 0x61 to 0xba without their OP_, in order. */
const NAMES =
  'NOP VER IF NOTIF VERIF VERNOTIF ELSE ENDIF VERIFY RETURN TOALTSTACK FROMALTSTACK 2DROP 2DUP 3DUP 2OVER 2ROT 2SWAP ' +
  'IFDUP DEPTH DROP DUP NIP OVER PICK ROLL ROT SWAP TUCK CAT SUBSTR LEFT RIGHT SIZE INVERT AND OR XOR EQUAL ' +
  'EQUALVERIFY RESERVED1 RESERVED2 1ADD 1SUB 2MUL 2DIV NEGATE ABS NOT 0NOTEQUAL ADD SUB MUL DIV MOD LSHIFT RSHIFT ' +
  'BOOLAND BOOLOR NUMEQUAL NUMEQUALVERIFY NUMNOTEQUAL LESSTHAN GREATERTHAN LESSTHANOREQUAL GREATERTHANOREQUAL MIN MAX ' +
  'WITHIN RIPEMD160 SHA1 SHA256 HASH160 HASH256 CODESEPARATOR CHECKSIG CHECKSIGVERIFY CHECKMULTISIG ' +
  'CHECKMULTISIGVERIFY NOP1 CHECKLOCKTIMEVERIFY CHECKSEQUENCEVERIFY NOP4 NOP5 NOP6 NOP7 NOP8 NOP9 NOP10 CHECKSIGADD';

const OPCODE_NAMES: readonly string[] = opcodeNames();

/** The name of an opcode as nodes print it: numbers are their digits, and what has no meaning is OP_UNKNOWN. */
export function opcodeName(opcode: number): string {
  return OPCODE_NAMES[opcode] ?? 'OP_UNKNOWN';
}

/** Whether it puts something on the stack and does nothing else; OP_RESERVED counts, as it does for nodes. */
export function isPush(opcode: number): boolean {
  return opcode <= OP.SIXTEEN;
}

function opcodeNames(): string[] {
  const names: string[] = [];
  names[0x00] = '0';
  names[OP.PUSHDATA1] = 'OP_PUSHDATA1';
  names[OP.PUSHDATA2] = 'OP_PUSHDATA2';
  names[OP.PUSHDATA4] = 'OP_PUSHDATA4';
  names[0x4f] = '-1';
  names[OP.RESERVED] = 'OP_RESERVED';
  for (let number = 1; number <= 16; number++) names[OP.RESERVED + number] = String(number);
  for (const [i, name] of NAMES.split(' ').entries()) names[OP.SIXTEEN + 1 + i] = `OP_${name}`;
  names[0xff] = 'OP_INVALIDOPCODE';
  return names;
}
