/** The command line as a whole: which commands there are, and how each of them ends. */

import { Command, CommanderError, type Option } from 'commander';
import { ClientError, type NetworkName, StoreError, VERSION } from '../offline.ts';
import { withAdvice } from './advice.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { jsonEvent } from './json-event.ts';
import { outputOptions, type StoreOptions } from './options.ts';
import { Output, type OutputOptions } from './output.ts';
import { canDraw, Interrupted, OutputLost, type Terminal } from './terminal.ts';
import { reasonOf } from './system-error.ts';

type AddCommand = (program: Command, terminal: Terminal) => void;

/** The commands in the order of the help, loaded when they are wanted: most need the whole library, and some little of it. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  sync: async () => (await import('./commands/sync.ts')).addSync,
  watch: async () => (await import('./commands/watch.ts')).addWatch,
  scan: async () => (await import('./commands/scan.ts')).addScan,
  send: async () => (await import('./commands/send.ts')).addSend,
  serve: async () => (await import('./commands/serve.ts')).addServe,
  peers: async () => (await import('./commands/peers.ts')).addPeers,
  status: async () => (await import('./commands/status.ts')).addStatus,
  header: async () => (await import('./commands/header.ts')).addHeader,
  proof: async () => (await import('./commands/proof.ts')).addProof,
  verify: async () => (await import('./commands/verify.ts')).addVerify,
  import: async () => (await import('./commands/import.ts')).addImport,
  export: async () => (await import('./commands/export.ts')).addExport,
  decode: async () => (await import('./commands/decode.ts')).addDecode,
  demo: async () => (await import('./commands/demo.ts')).addDemo,
};

/**
 * Runs the program.
 *
 * @param args what was typed after the program's name.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const program = await createProgram(terminal, args[0]);
  let context: Context = { json: false, logLevel: 'info', network: undefined };
  program.hook('preAction', (_, command) => {
    const options = command.opts<Partial<StoreOptions>>();
    context = { ...outputOptions(options), network: options.network?.name };
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
    await written(terminal);
    return terminal.signal.aborted ? stopped(undefined, context, terminal) : EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    if (isStop(error, terminal.signal)) return stopped(error, context, terminal);
    report(error, context, terminal);
    await written(terminal);
    return EXIT.failed;
  }
}

/** What is known of the command that runs. */
interface Context extends OutputOptions {
  readonly network: NetworkName | undefined;
}

/** Resolves when the results are out, or cannot be: a disk that is full says so only now. */
async function written({ stdout, signal }: Terminal): Promise<void> {
  if (signal.aborted || stdout.destroyed) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    // Errors abort the signal.
    stdout.write('', () => setImmediate(resolve));
  });
}

/** Whether an error only says that the signal was heeded, not that something failed. */
function isStop(error: unknown, { aborted, reason }: AbortSignal): boolean {
  if (!aborted) return false;
  if (error === reason || error instanceof Interrupted) return true;
  if (error instanceof ClientError) return error.code === 'stopped';
  return error instanceof Error && error.name === 'AbortError';
}

/** The work was stopped from outside: by the user, or by whoever was to read the results. */
function stopped(error: unknown, context: Context, terminal: Terminal): ExitCode {
  const reason: unknown = terminal.signal.reason;
  if (reason instanceof OutputLost) {
    if (reason.isUnread) return EXIT.done;
    report(
      new Failure('file-unwritable', `cannot write the results: ${reasonOf(reason.cause)}`),
      context,
      terminal,
    );
    return EXIT.failed;
  }
  const words = error instanceof Interrupted ? error.message : 'nothing was changed';
  // The terminal itself has written ^C.
  const start = canDraw(terminal) ? '\r\x1b[K' : '';
  new Output(terminal, context).remark('info', `${start}Interrupted: ${words}.`);
  return EXIT.interrupted;
}

/** @param wanted the only command to load, if it is one; all are by default, so that they can be named. */
export async function createProgram(terminal: Terminal, wanted: string = ''): Promise<Command> {
  const program = new Command('headlight')
    .description(
      'A Bitcoin light client: checks and stores block headers from real peers, and trusts no server.',
    )
    .version(VERSION, '--version', 'print the version')
    .helpCommand('help [command]', 'say how a command is used')
    .helpOption('-h, --help', 'say how it is used')
    .showHelpAfterError('(try headlight --help)')
    .configureHelp({ showGlobalOptions: false, optionDescription: describeOption })
    .configureOutput({
      writeOut: (text) => void terminal.stdout.write(text),
      writeErr: (text) => void terminal.stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error: /, 'headlight: ')),
    })
    .addHelpText('after', `\n${ENVIRONMENT_HELP}\n${EXIT_CODES_HELP}`)
    .exitOverride();
  const only = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
  const loaded = await Promise.all(
    (only === undefined ? Object.values(COMMANDS) : [only]).map((load) => load()),
  );
  for (const add of loaded) add(program, terminal);
  // Sub-commands do not inherit these by themselves when they are added after.
  for (const command of program.commands) settle(command, program);
  return program;
}

function settle(command: Command, parent: Command, path: string = command.name()): void {
  command.copyInheritedSettings(parent).showHelpAfterError(`(try headlight ${path} --help)`);
  command.addHelpText('after', `\n${ENVIRONMENT_HELP}`);
  for (const inner of command.commands) settle(inner, command, `${path} ${inner.name()}`);
}

const ENVIRONMENT_HELP = 'Options can also be set in the environment: --add-peer is HEADLIGHT_ADD_PEER.';
const EXIT_CODES_HELP =
  'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was checked is kept).';

/** Without the variable of each option: one rule serves for all. */
function describeOption({ description, defaultValue, defaultValueDescription }: Option): string {
  const byDefault =
    defaultValueDescription ?? (defaultValue === undefined ? undefined : String(defaultValue));
  return byDefault === undefined ? description : `${description} (default: ${byDefault})`;
}

/** One line for people on stderr, and with --json an error event on stdout. */
function report(error: unknown, context: Context, terminal: Terminal): void {
  const output = new Output(terminal, { ...context, logLevel: 'error' });
  const { code, message, fields } = describe(error);
  output.remark('error', `headlight: ${message}`);
  output.object(jsonEvent('error', context.network, { code, message, ...fields }));
}

function describe(error: unknown): { code: string; message: string; fields: object } {
  if (error instanceof Failure) return error;
  if (error instanceof ClientError || error instanceof StoreError) {
    return { code: error.code, message: withAdvice(error), fields: {} };
  }
  const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'internal-error',
    message: `a mistake in headlight itself; please report it: ${words}`,
    fields: {},
  };
}
