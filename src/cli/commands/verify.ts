/** `headlight verify`: checks the whole store again. */

import type { Command } from 'commander';
import { HeaderChain, verifyChain } from '../../offline.ts';
import { Failure } from '../failure.ts';
import { formatCount, formatSeconds } from '../format.ts';
import { jsonEvent } from '../json-event.ts';
import { addStoreOptions, outputOptions, type StoreOptions } from '../options.ts';
import { Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { rateMeter } from '../rate-meter.ts';
import { warnOfRepair } from '../repair.ts';
import { startWords } from '../start-words.ts';
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
    const { startHeight, sideHeaders, fault } = await verifyChain(chain, (height) => {
      if (terminal.signal.aborted)
        throw new Interrupted(`the headers up to height ${formatCount(height)} keep every rule`);
      progress.update({ height, target: tip.height, perSecond: rate.of(height) });
    });
    progress.stop();
    if (fault !== undefined) {
      const { code, height, onBestChain, detail } = fault;
      const where = onBestChain ? '' : ', off the best chain,';
      const advice = 'move the folder away and sync again';
      const message = `header ${formatCount(height)}${where} breaks a rule: ${detail} (${code}); ${advice}`;
      throw new Failure(code, message, { height, onBestChain });
    }
    const seconds = rate.seconds();
    const { height, hash } = tip;
    const result = { height, hash, startHeight, sideHeaders, seconds };
    output.object(jsonEvent('verified', options.network.name, result));
    const side = sideHeaders === 0 ? '' : ` and ${formatCount(sideHeaders)} off the best chain`;
    const time = formatSeconds(seconds);
    const count = formatCount(height - chain.firstHeight + 1);
    output.line(`All ${count} headers${side} keep every rule (checked in ${time})`);
    if (startHeight > 0) output.line(`They were checked ${startWords(startHeight)}`);
  } finally {
    progress.stop();
    await chain.close();
  }
}
