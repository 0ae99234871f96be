import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { createProgram, run } from '../../src/cli/program.ts';
import { OutputLost } from '../../src/cli/terminal.ts';
import { VERSION } from '../../src/index.ts';
import { setEnvironment } from '../support/environment.ts';
import { FakeTerminal, runHere } from '../support/fake-terminal.ts';
import { mainnetStore } from '../support/stores.ts';

const COMMANDS = [
  'sync',
  'watch',
  'scan',
  'send',
  'serve',
  'peers',
  'status',
  'header',
  'proof',
  'verify',
  'import',
  'export',
  'decode',
  'demo',
];
const COMMON = ['--json', '--quiet', '--verbose', '--log-level', '--help'];
const STORE = ['--network', '--datadir'];
const CONNECT = [
  '--connect',
  '--add-peer',
  '--max-peers',
  '--listen',
  '--proxy',
  '--only-net',
  '--min-chainwork',
  '--start',
  '--no-anchors',
  '--ping-interval',
  '--silence-timeout',
  '--no-dns-seeds',
  '--no-saved-peers',
  '--no-gossip',
];
const WATCH = ['--no-blocks', '--max-mempool-mb', '--summary', '--duration', '--count'];
const FILTER = ['--address', '--script', '--min-value', '--type', '--txid'];
const SCAN = [
  '--address',
  '--script',
  '--descriptor',
  '--range',
  '--from',
  '--filter-peers',
  '--all-blocks',
  '--fresh',
];
const PROBE = ['--probe', '--parallel', '--probe-timeout', '--proxy', '--only-net'];

/** The options that each command has, long forms only. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  sync: ['--follow', '--timeout', ...COMMON, ...STORE, ...CONNECT],
  watch: [...WATCH, ...FILTER, ...COMMON, ...STORE, ...CONNECT],
  scan: [...SCAN, '--follow', '--timeout', ...COMMON, ...STORE, ...CONNECT],
  send: ['--timeout', '--until', ...COMMON, ...STORE, ...CONNECT],
  serve: ['--no-dial', ...COMMON, ...STORE, ...CONNECT],
  peers: ['--all', ...COMMON, ...STORE, ...PROBE],
  status: [...COMMON, ...STORE],
  header: ['--count', '--hex', ...COMMON, ...STORE],
  proof: ['--help'],
  verify: [...COMMON, ...STORE],
  import: ['--start', ...COMMON, ...STORE],
  export: [...COMMON, ...STORE],
  decode: [...COMMON, '--network'],
  demo: COMMON,
};

test('the help says what it is, which commands there are, and what exit codes mean', async () => {
  const { code, stdout, stderr } = await runHere(['--help']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.equal(
    stdout,
    `Usage: headlight [options] [command]

A Bitcoin light client: checks and stores block headers from real peers, and
trusts no server.

Options:
  --version                           print the version
  -h, --help                          say how it is used

Commands:
  sync [options]                      connect to peers, check their headers and
                                      store them up to the tip
  watch [options]                     sync, then show unconfirmed transactions
                                      as peers announce them
  scan [options]                      sync, then find the payments of addresses;
                                      peers see only which blocks are fetched
  send [options] <transaction>        announce a transaction to the peers, and
                                      tell who takes it
  serve [options]                     stay at the tip, and serve headers to
                                      those who connect
  peers [options]                     show who is connected and which addresses
                                      are known
  status [options]                    show what the store holds
  header [options] <height|hash|tip>  show stored headers
  proof                               check a proof that a block holds a
                                      transaction, or make one
  verify [options]                    check the whole store again from its
                                      start: every rule, every hash
  import [options] <file>             add headers from a file of 80-byte
                                      headers, checked like those of a peer
  export [options] <file>             write the best chain to a file of 80-byte
                                      headers, from where the store begins
  decode [options] <kind> [input]     say what bytes mean, field by field
  demo [options]                      sync real mainnet headers from a peer on
                                      this machine; needs no internet
  help [command]                      say how a command is used

Options can also be set in the environment: --add-peer is HEADLIGHT_ADD_PEER.
Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was checked is kept).
`,
  );
});

test('the help of the smallest command, in full', async () => {
  const { stdout } = await runHere(['demo', '--help']);
  assert.equal(
    stdout,
    `Usage: headlight demo [options]

sync real mainnet headers from a peer on this machine; needs no internet

Options:
  --json               newline-delimited JSON on stdout, one event a line
  --quiet              errors only on stderr, no progress
  --verbose            say more on stderr, as --log-level debug
  --log-level <level>  what to say on stderr: error, warning, info, debug
                       (default: info)
  -h, --help           say how it is used

Options can also be set in the environment: --add-peer is HEADLIGHT_ADD_PEER.
`,
  );
});

for (const name of COMMANDS) {
  test(`headlight ${name} --help names the options of the contract and fits 80 columns`, async () => {
    const { code, stdout, stderr } = await runHere([name, '--help']);
    assert.deepEqual([code, stderr], [0, '']);
    const matches = stdout.matchAll(/^ {2}(?:-h, )?(--[a-z-]+)/gm);
    const names = new Set(Array.from(matches, (match) => match[1]));
    assert.deepEqual(names, new Set(OPTIONS[name]));
    for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    assert.equal((await runHere(['help', name])).stdout, stdout);
  });
}

test('there are no other commands', async () => {
  const { commands } = await createProgram(new FakeTerminal());
  assert.deepEqual(
    commands.map((command) => command.name()),
    COMMANDS,
  );
});

test('every option can be had from the environment, under its name', async () => {
  const { commands } = await createProgram(new FakeTerminal());
  for (const option of commands.flatMap((command) => command.options)) {
    assert.equal(option.envVar, `HEADLIGHT_${option.name().replaceAll('-', '_').toUpperCase()}`);
  }
});

test('the version is that of the package', async () => {
  assert.deepEqual(await runHere(['--version']), { code: 0, stdout: `${VERSION}\n`, stderr: '' });
});

test('without a command there is help, on stderr, and exit code 2', async () => {
  const { code, stdout, stderr } = await runHere([]);
  assert.deepEqual([code, stdout], [2, '']);
  assert.equal(stderr, (await runHere(['--help'])).stdout);
});

/** What was typed, and what is said of it. */
const WRONG_USAGE: readonly (readonly [string, RegExp])[] = [
  ['sink', /^headlight: unknown command 'sink'\n\(Did you mean one of send, sync\?\)/],
  ['--bogus', /^headlight: unknown option '--bogus'\n\(try headlight --help\)\n$/],
  ['sync --bogus', /^headlight: unknown option '--bogus'\n\(try headlight sync --help\)\n$/],
  [
    'sync --timout 5',
    /unknown option '--timout'\n\(Did you mean --timeout\?\)\n\(try headlight sync --help\)\n$/,
  ],
  ['sync --timeout', /option '--timeout <seconds>' argument missing/],
  ['sync now', /too many arguments for 'sync'/],
  ['sync --listen 127.0.0.1:0', /--listen is of use with --follow only, or with headlight serve\n/],
  [
    'sync --only-net onion',
    /^headlight: onion addresses can be reached through a proxy only.* \(see --proxy\)\n/,
  ],
  ['serve --connect a.b32.i2p', /a\.b32\.i2p:8333 can be reached through a proxy only/],
  ['serve --follow', /unknown option '--follow'/],
  ['peers --parallel 5', /--parallel is of use with --probe only\n/],
  ['peers --only-net ipv4', /--only-net is of use with --probe only\n/],
  ['peers --probe --parallel 0', /Not from 1 to 1000\./],
  ['peers --probe --only-net i2p', /i2p addresses can be reached through a proxy only/],
  ['status --connect a:1', /unknown option '--connect'/],
  ['header', /missing required argument 'height\|hash\|tip'\n\(try headlight header --help\)\n$/],
  ['import', /missing required argument 'file'/],
  ['watch --duration 2000001', /More than 2000000 \(23 days\)\./],
  ['watch --count 0', /Not from 1 to/],
  ['send', /missing required argument 'transaction'/],
  ['send 00 --until sent', /Allowed are requested, relayed, confirmed\./],
];

for (const [line, words] of WRONG_USAGE) {
  test(`"headlight ${line}" is wrong usage: exit code 2, a hint, and nothing on stdout`, async () => {
    const { code, stdout, stderr } = await runHere(line.split(' '));
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, words);
  });
}

test('a bad value in the environment is wrong usage, and the variable is named', async (t) => {
  setEnvironment(t, { HEADLIGHT_NETWORK: 'florin' });
  const { code, stderr } = await runHere(['status']);
  assert.equal(code, 2);
  assert.match(stderr, /'florin' from env 'HEADLIGHT_NETWORK' is invalid/);
});

test('HEADLIGHT_JSON=1 is --json', async (t) => {
  setEnvironment(t, { HEADLIGHT_JSON: '1' });
  assert.match((await runHere(['decode', 'header', ''])).stdout, /^\{"event":"error"/);
});

test('HEADLIGHT_JSON=0 is not', async (t) => {
  setEnvironment(t, { HEADLIGHT_JSON: '0' });
  assert.equal((await runHere(['decode', 'header', ''])).stdout, '');
});

test('a failure is one line on stderr, also for those who want errors only', async () => {
  const { code, stdout, stderr } = await runHere(['verify', '--quiet', '--datadir', '/nowhere']);
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^headlight: [^\n]+\n$/);
});

/** A terminal whose stdout fails with a code on the first write. */
function withBrokenStdout(code: string): FakeTerminal {
  const stop = new AbortController();
  const terminal = new FakeTerminal({ signal: stop.signal });
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error(`${code}: it broke, write`), { code })),
  });
  stdout.on('error', (error) => stop.abort(new OutputLost(error)));
  return Object.assign(terminal, { stdout });
}

test('a reader who has had enough ends the program quietly, with 0', async (t) => {
  const datadir = await mainnetStore(t, 5);
  const terminal = withBrokenStdout('EPIPE');
  assert.equal(await run(['header', '0', '--count', '5', '--datadir', datadir], terminal), 0);
  assert.equal(terminal.stderr.text, '');
});

test('results that cannot be written for another reason are a failure', async (t) => {
  const datadir = await mainnetStore(t, 5);
  const terminal = withBrokenStdout('ENOSPC');
  assert.equal(await run(['status', '--datadir', datadir], terminal), 1);
  assert.equal(terminal.stderr.text, 'headlight: cannot write the results: it broke (ENOSPC)\n');
});
