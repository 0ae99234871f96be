/** `headlight verify`: checks the whole store again. */

import type { Command } from 'commander';
import { HeaderChain, verifyChain } from '../../index.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatSeconds } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { rateMeter } from '../rate-meter.ts';
import { warnOfRepair } from '../repair.ts';
import { Interrupted, type Terminal } from '../terminal.ts';

export function addVerify(program: Command, terminal: Terminal): void {
  const command = program
    .command('verify')
    .description('check the whole store again from its start: every rule, every hash')
    .action((options: StoreOptions) => verify(options, terminal));
  addStoreOptions(command);
}

async function verify(options: StoreOptions, terminal: Terminal): Promise<void> {
  const output = new Output(terminal, outputOptions(options));
  const progress = new Progress(terminal, output, 'Verifying');
  const chain = await HeaderChain.open({ ...options, create: false });
  try {
    warnOfRepair(chain, output);
    const { tip } = chain;
    const rate = rateMeter();
    const { fault } = await verifyChain(chain, Date.now() / 1000, (height) => {
      if (terminal.signal.aborted)
        throw new Interrupted(`the headers up to height ${formatCount(height)} keep every rule`);
      progress.update({ height, target: tip.height, perSecond: rate.of(height) });
    });
    progress.stop();
    if (fault !== undefined) {
      const where = `header ${formatCount(fault.height)} breaks a rule`;
      const advice = 'move the folder away and sync again';
      const message = `${where}: ${fault.detail} (${fault.code}); ${advice}`;
      throw new Failure(fault.code, message, { height: fault.height });
    }
    const seconds = rate.seconds();
    output.object(
      jsonEvent('verified', options.network.name, { height: tip.height, hash: tip.hash, seconds }),
    );
    output.line(
      `All ${formatCount(tip.height + 1)} headers keep every rule (checked in ${formatSeconds(seconds)})`,
    );
  } finally {
    progress.stop();
    await chain.close();
  }
}
