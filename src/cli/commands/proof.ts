/** `headlight proof`: that a block holds a transaction, checked without a peer, or shown to others. */

import type { Command } from 'commander';
import { addMakeProof } from '../proof/make.ts';
import { addVerifyProof } from '../proof/verify.ts';
import type { Terminal } from '../terminal.ts';

export function addProof(program: Command, terminal: Terminal): void {
  const command = program
    .command('proof')
    .description('check a proof that a block holds a transaction, or make one');
  addVerifyProof(command, terminal);
  addMakeProof(command, terminal);
}
