/** The command line as a whole: which commands there are, and how each of them ends. */

import { Command, CommanderError } from 'commander';
import { ClientError, StoreError, VERSION } from '../index.ts';
import { addDecode } from './commands/decode.ts';
import { addDemo } from './commands/demo.ts';
import { addExport } from './commands/export.ts';
import { addHeader } from './commands/header.ts';
import { addImport } from './commands/import.ts';
import { addStatus } from './commands/status.ts';
import { addSync } from './commands/sync.ts';
import { addVerify } from './commands/verify.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { jsonEvent } from './json-event.ts';
import type { CommonOptions } from './options.ts';
import { Output } from './output.ts';
import type { Terminal } from './terminal.ts';

/**
 * Runs the program.
 *
 * @param args what was typed after the program's name.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const program = createProgram(terminal);
  let json = false;
  program.hook('preAction', (_, command) => {
    json = command.opts<CommonOptions>().json === true;
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return terminal.signal.aborted ? EXIT.interrupted : EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    if (terminal.signal.aborted) return EXIT.interrupted;
    report(error, json, terminal);
    return EXIT.failed;
  }
}

export function createProgram(terminal: Terminal): Command {
  const program = new Command('headlight')
    .description(
      'A Bitcoin light client: checks and stores block headers from real peers, and trusts no server.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpCommand(false)
    .showHelpAfterError('(try headlight --help)')
    .configureHelp({ sortOptions: false, showGlobalOptions: false })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
    })
    .addHelpText(
      'after',
      '\nEvery option can also be set in the environment: --add-peer is HEADLIGHT_ADD_PEER.\n' +
        'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (everything checked so far is saved).',
    )
    .exitOverride();
  addSync(program, terminal);
  addStatus(program, terminal);
  addHeader(program, terminal);
  addVerify(program, terminal);
  addImport(program, terminal);
  addExport(program, terminal);
  addDecode(program, terminal);
  addDemo(program, terminal);
  // Sub-commands do not inherit these by themselves when they are added after.
  for (const command of program.commands) {
    command.copyInheritedSettings(program).showHelpAfterError(`(try headlight ${command.name()} --help)`);
  }
  return program;
}

/** One line for people on stderr, and with --json an error event on stdout. */
function report(error: unknown, json: boolean, terminal: Terminal): void {
  const output = new Output(terminal, { json, logLevel: 'error' });
  const { code, message, fields } = describe(error);
  output.remark('error', `headlight: ${message}`);
  output.object(jsonEvent('error', undefined, { code, message, ...fields }));
}

function describe(error: unknown): { code: string; message: string; fields: object } {
  if (error instanceof Failure) return error;
  if (error instanceof ClientError || error instanceof StoreError) {
    return { code: error.code, message: error.message, fields: {} };
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'internal-error',
    message: `a mistake in headlight itself; please report it: ${words}`,
    fields: {},
  };
}
