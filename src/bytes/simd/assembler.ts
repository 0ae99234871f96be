/**
 * As much of WebAssembly's binary format as our hashing takes, in four lanes or in words of 64 bits: instructions that nest
 * like the expressions they stand for, and the module around them (WebAssembly Core Specification 2.0, chapter 5).
 */

/** The instructions of a step, or of a value with its operands: a character for each byte, as text is joined quickest. */
export type Code = string;

/** The number of a parameter or another local variable of a function; below 128. */
export type Local = number;

const I32 = 0x7f;
const I64 = 0x7e;
const V128 = 0x7b;

/** A function that returns nothing. */
export interface WasmFunction {
  /** What it is exported as. */
  readonly name?: string;
  readonly locals: Locals;
  readonly body: readonly Code[];
}

/** Bytes that memory holds from the start. */
export interface WasmData {
  readonly address: number;
  readonly bytes: readonly number[];
}

/** Gives out the local variables of a function. Its parameters, all integers, are the first ones. */
export class Locals {
  readonly parameters: number;
  /** Types of those that are no parameters. */
  readonly types: number[] = [];

  constructor(parameters: number) {
    this.parameters = parameters;
  }

  integer(): Local {
    return this.parameters + this.types.push(I32) - 1;
  }

  long(): Local {
    return this.parameters + this.types.push(I64) - 1;
  }

  vector(): Local {
    return this.parameters + this.types.push(V128) - 1;
  }

  vectors(count: number): Local[] {
    return Array.from({ length: count }, () => this.vector());
  }
}

// Variables, integers, control.

export function get(local: Local): Code {
  return `\x20${raw(local)}`;
}

export function set(local: Local, value: Code): Code {
  return `${value}\x21${raw(local)}`;
}

/** Sets the local, and is its value. */
export function tee(local: Local, value: Code): Code {
  return `${value}\x22${raw(local)}`;
}

export function int(value: number): Code {
  return `\x41${signed(value)}`;
}

export function addInts(a: Code, b: Code): Code {
  return `${a}${b}\x6a`;
}

/** An integer: 1 when the others are not equal, else 0. */
export function areUnequal(a: Code, b: Code): Code {
  return `${a}${b}\x47`;
}

/** An integer: 1 when the first is less than the second, both without a sign, else 0. */
export function isLess(a: Code, b: Code): Code {
  return `${a}${b}\x49`;
}

/** One step after another. */
export function steps(...all: readonly Code[]): Code {
  return all.join('');
}

/** Takes the steps, and again while the condition, looked at after them, is not 0. */
export function repeatWhile(condition: Code, ...body: readonly Code[]): Code {
  return `\x03\x40${steps(...body)}${condition}\x0d\x00\x0b`;
}

/**
 * Calls a function.
 *
 * @param index of the function in the module; below 128.
 */
export function call(index: number, ...values: readonly Code[]): Code {
  return `${steps(...values)}\x10${raw(index)}`;
}

// Memory: to addresses, which are integers, an offset is added. What a load or store says first of its place is an alignment,
// which is only a hint.

export function loadInt(address: Code, offset: number): Code {
  return `${address}\x28\x00${unsigned(offset)}`;
}

// Integers of 64 bits without a sign, called long.

export function loadLong(address: Code, offset: number): Code {
  return `${address}\x29\x00${unsigned(offset)}`;
}

/** Stores a long as a number of JavaScript, which is the same below 2^53. */
export function storeAsFloat(address: Code, offset: number, long: Code): Code {
  return `${address}${long}\xba\x39\x00${unsigned(offset)}`;
}

/** An integer as a long. */
export function toLong(value: Code): Code {
  return `${value}\xad`;
}

/** The sum modulo 2^64. */
export function addLongs(...values: readonly Code[]): Code {
  return values.reduce((a, b) => `${a}${b}\x7c`);
}

export function xorLongs(...values: readonly Code[]): Code {
  return values.reduce((a, b) => `${a}${b}\x85`);
}

/** The product modulo 2^64. */
export function multiplyLongs(a: Code, b: Code): Code {
  return `${a}${b}\x7e`;
}

/** @param bits 0 to 63. */
export function rotateLongLeft(value: Code, bits: number): Code {
  return `${value}${toLong(int(bits))}\x89`;
}

export function lowerHalf(value: Code): Code {
  return toLong(`${value}\xa7`);
}

export function upperHalf(value: Code): Code {
  return `${value}${toLong(int(32))}\x88`;
}

// Vectors of four 32-bit lanes.

export function load(address: Code, offset: number): Code {
  return `${address}\xfd\x00\x00${unsigned(offset)}`;
}

/** The 32 bits at the address, in all lanes. */
export function loadSplat(address: Code, offset: number): Code {
  return `${address}\xfd\x09\x00${unsigned(offset)}`;
}

export function store(address: Code, offset: number, value: Code): Code {
  return `${address}${value}\xfd\x0b\x00${unsigned(offset)}`;
}

export function and(a: Code, b: Code): Code {
  return `${a}${b}\xfd\x4e`;
}

export function xor(...values: readonly Code[]): Code {
  return values.reduce((a, b) => `${a}${b}\xfd\x51`);
}

/** The sum modulo 2^32. */
export function add(...values: readonly Code[]): Code {
  return values.reduce((a, b) => `${a}${b}\xfd\xae\x01`);
}

/** @param bits 0 to 31. */
export function shiftLeft(value: Code, bits: number): Code {
  return `${value}\x41${raw(bits)}\xfd\xab\x01`;
}

/** @param bits 0 to 31: so many zeros come in from the left. */
export function shiftRight(value: Code, bits: number): Code {
  return `${value}\x41${raw(bits)}\xfd\xad\x01`;
}

/** @param order for each of the 16 bytes of the result where it comes from: 0 to 15 in a, 16 to 31 in b. */
export function shuffle(order: readonly number[], a: Code, b: Code): Code {
  return `${a}${b}\xfd\x0d${raw(...order)}`;
}

// The module.

/** A module of these functions in this order. Its memory is exported as `memory`, and does not grow. */
export function assemble(
  functions: readonly WasmFunction[],
  memoryPages: number,
  data: readonly WasmData[],
): Uint8Array {
  const exported = functions.flatMap(({ name }, index) =>
    name === undefined ? [] : [`${text(name)}\x00${raw(index)}`],
  );
  const indexes = functions.map((_, index) => raw(index));
  const module = steps(
    '\x00asm\x01\x00\x00\x00',
    section(1, functions.map(functionType)),
    section(3, indexes),
    section(5, [`\x01${unsigned(memoryPages)}${unsigned(memoryPages)}`]),
    section(7, [`${text('memory')}\x02\x00`, ...exported]),
    section(10, functions.map(functionCode)),
    section(11, data.map(dataSegment)),
  );
  const bytes = new Uint8Array(module.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = module.charCodeAt(i);
  return bytes;
}

function functionType({ locals: { parameters } }: WasmFunction): Code {
  return `\x60${raw(parameters)}${raw(I32).repeat(parameters)}\x00`;
}

function functionCode({ locals: { types }, body }: WasmFunction): Code {
  const declared = types.map((type) => `\x01${raw(type)}`);
  return text(`${list(declared)}${steps(...body)}\x0b`);
}

function dataSegment({ address, bytes }: WasmData): Code {
  return `\x00${int(address)}\x0b${text(raw(...bytes))}`;
}

function section(id: number, items: readonly Code[]): Code {
  return `${raw(id)}${text(list(items))}`;
}

/** Things behind their number. */
function list(items: readonly Code[]): Code {
  return `${unsigned(items.length)}${steps(...items)}`;
}

/** Bytes behind their number. */
function text(bytes: Code): Code {
  return `${unsigned(bytes.length)}${bytes}`;
}

function raw(...values: readonly number[]): Code {
  return String.fromCharCode(...values);
}

/** LEB128: seven bits a byte, lowest first; the highest bit says that more follow. */
function unsigned(value: number): Code {
  return value < 0x80 ? raw(value) : `${raw((value & 0x7f) | 0x80)}${unsigned(value >>> 7)}`;
}

/** The same of a number that may be negative: bit 6 of the last byte is its sign. */
function signed(value: number): Code {
  const isLast = value >= -0x40 && value < 0x40;
  return isLast ? raw(value & 0x7f) : `${raw((value & 0x7f) | 0x80)}${signed(value >> 7)}`;
}
