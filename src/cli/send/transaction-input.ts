/** The transaction that a user wants to send. What no node would take is refused before anybody is called. */

import { type OwnTransaction, readOwnTransaction } from '../../index.ts';
import { DecodeError } from '../../wire/index.ts';
import { readInput } from '../decode/input.ts';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/**
 * @param input hexadecimal digits, `@FILE`, or `-` for standard input.
 * @throws {Failure | ClientError} with the code of what is wrong.
 */
export async function readTransaction(input: string, terminal: Terminal): Promise<OwnTransaction> {
  try {
    return readOwnTransaction(await readInput(input, terminal));
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const { code, offset, path } = error;
    throw new Failure(code, `this is no transaction: ${error.message}`, { offset, field: path });
  }
}
