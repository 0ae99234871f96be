import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Command, CommanderError } from 'commander';
import {
  addConnectOptions,
  type ConnectOptions,
  DEFAULT_DATADIR,
  flag,
  outputOptions,
  seconds,
} from '../../src/cli/options.ts';
import { NETWORKS } from '../../src/index.ts';
import { setEnvironment } from '../support/environment.ts';

/** What a command that connects makes of its arguments and the environment. */
function parse(t: TestContext, args: readonly string[], environment: Record<string, string> = {}) {
  setEnvironment(t, environment);
  const command = addConnectOptions(new Command('sync').exitOverride());
  command
    .addOption(flag('--follow', 'stay'))
    .addOption(seconds('--timeout <seconds>', 'give up', 60))
    .configureOutput({ writeErr: () => undefined });
  command.parse([...args], { from: 'user' });
  return command.opts<ConnectOptions & { follow?: boolean; timeout: number }>();
}

/** Refused with an exit code that the program turns into 2, by words that name the value. */
function refuses(t: TestContext, args: readonly string[], environment: Record<string, string> = {}): string {
  try {
    parse(t, args, environment);
  } catch (error) {
    assert.ok(error instanceof CommanderError);
    assert.equal(error.exitCode, 1);
    return error.message;
  }
  throw new assert.AssertionError({ message: `${args.join(' ')} was taken` });
}

test('without options there is mainnet, in the folder of the platform, for a minute', (t) => {
  const options = parse(t, []);
  assert.equal(options.network, NETWORKS.mainnet);
  assert.equal(options.datadir, DEFAULT_DATADIR);
  assert.match(DEFAULT_DATADIR, /headlight/);
  assert.deepEqual([options.timeout, options.pingInterval, options.silenceTimeout], [60, 30, 90]);
  assert.deepEqual(
    [options.connect, options.addPeer, options.minChainwork],
    [undefined, undefined, undefined],
  );
});

test('a start is a whole number, anchors are used unless switched off, and both can be set in the environment', (t) => {
  const byDefault = parse(t, []);
  assert.deepEqual([byDefault.start, byDefault.anchors], [undefined, true]);
  const typed = parse(t, ['--start', '151199', '--no-anchors']);
  assert.deepEqual([typed.start, typed.anchors], [151_199, false]);
  const set = parse(t, [], { HEADLIGHT_START: '800000', HEADLIGHT_NO_ANCHORS: '1' });
  assert.deepEqual([set.start, set.anchors], [800_000, false]);
  for (const text of ['-1', '1.5', '1e3', 'tip', ''])
    assert.match(refuses(t, [`--start=${text}`]), /--start/);
});

test('networks go by our names and by those of bitcoind', (t) => {
  const names = ['mainnet', 'main', 'testnet3', 'test', 'testnet4', 'signet', 'regtest'];
  assert.deepEqual(
    names.map((name) => parse(t, ['--network', name]).network.name),
    ['mainnet', 'mainnet', 'testnet3', 'testnet3', 'testnet4', 'signet', 'regtest'],
  );
  assert.match(refuses(t, ['--network', 'florin']), /'florin' is invalid.*mainnet, testnet3/);
});

test('peers can be named again and again', (t) => {
  const args = ['--connect', 'a.example:1', '--connect', '[::1]:2', '--connect', '127.0.0.1'];
  assert.deepEqual(parse(t, args).connect, ['a.example:1', '[::1]:2', '127.0.0.1']);
});

test('in the environment peers stand one after another, with commas or spaces between', (t) => {
  const { addPeer } = parse(t, [], { HEADLIGHT_ADD_PEER: 'a:1,b:2  c:3,' });
  assert.deepEqual(addPeer, ['a:1', 'b:2', 'c:3']);
});

test('what was typed wins over the environment, and replaces all of it', (t) => {
  const environment = { HEADLIGHT_CONNECT: 'a:1,b:2', HEADLIGHT_NETWORK: 'signet', HEADLIGHT_TIMEOUT: '5' };
  const options = parse(t, ['--connect', 'c:3', '--network', 'regtest'], environment);
  assert.deepEqual([options.connect, options.network.name, options.timeout], [['c:3'], 'regtest', 5]);
});

test('a variable that is set to nothing is as good as none', (t) => {
  const options = parse(t, [], { HEADLIGHT_CONNECT: '', HEADLIGHT_NETWORK: '', HEADLIGHT_JSON: '' });
  assert.deepEqual([options.connect, options.network.name, options.json], [undefined, 'mainnet', undefined]);
});

for (const value of ['0', 'false', 'no', 'off', 'False', 'NO', '']) {
  test(`a flag with ${JSON.stringify(value)} in the environment is off`, (t) => {
    assert.equal(parse(t, [], { HEADLIGHT_FOLLOW: value }).follow, undefined);
    assert.equal(parse(t, ['--follow'], { HEADLIGHT_FOLLOW: value }).follow, true, 'unless it is typed');
  });
}

for (const value of ['1', 'true', 'yes', 'on']) {
  test(`a flag with ${JSON.stringify(value)} in the environment is on`, (t) => {
    assert.equal(parse(t, [], { HEADLIGHT_FOLLOW: value }).follow, true);
  });
}

test('times are seconds above zero, also in parts', (t) => {
  assert.equal(parse(t, ['--timeout', '0.5']).timeout, 0.5);
  for (const value of ['0', '-1', 'x', ' ', '1e999', '5s']) {
    assert.match(refuses(t, ['--timeout', value]), /Not a number above 0/);
  }
  assert.match(refuses(t, [], { HEADLIGHT_TIMEOUT: 'soon' }), /'soon' from env 'HEADLIGHT_TIMEOUT'/);
});

test('work is hexadecimal, with or without 0x', (t) => {
  assert.equal(parse(t, ['--min-chainwork', '0']).minChainwork, 0n);
  assert.equal(parse(t, ['--min-chainwork', '1fF']).minChainwork, 0x1ffn);
  assert.equal(parse(t, ['--min-chainwork', '0x100']).minChainwork, 256n);
  assert.equal(parse(t, ['--min-chainwork', '0X100']).minChainwork, 256n);
  assert.equal(parse(t, ['--min-chainwork', 'f'.repeat(64)]).minChainwork, 2n ** 256n - 1n);
  for (const value of ['', '0x', 'g', '-1', '1'.repeat(65)]) {
    assert.match(refuses(t, ['--min-chainwork', value]), /hexadecimal/);
  }
});

test('an address without sense is refused', (t) => {
  for (const value of ['', ',', 'a b:c', 'host:0', 'host:65536', '[::1', ':8333', 'http://a:1']) {
    assert.match(refuses(t, ['--connect', value]), /Not HOST or HOST:PORT/, value);
  }
});

test('the level of remarks is that which was named, else that of --quiet or --verbose', (t) => {
  const levels = [[], ['--quiet'], ['--verbose'], ['--quiet', '--log-level', 'debug']].map(
    (args) => outputOptions(parse(t, args)).logLevel,
  );
  assert.deepEqual(levels, ['info', 'error', 'debug', 'debug']);
  assert.match(refuses(t, ['--log-level', 'loud']), /error, warning, info, debug/);
});

test('without options eight peers are kept, and all sources of peers are used', (t) => {
  const options = parse(t, []);
  assert.deepEqual([options.maxPeers, options.listen, options.proxy, options.onlyNet], [8, ...NOTHING]);
  assert.deepEqual([options.dnsSeeds, options.savedPeers, options.gossip], [true, true, true]);
});

const NOTHING = [undefined, undefined, undefined];

test('a number of peers is a whole one, from one to what anybody needs', (t) => {
  assert.equal(parse(t, ['--max-peers', '1']).maxPeers, 1);
  assert.equal(parse(t, [], { HEADLIGHT_MAX_PEERS: '125' }).maxPeers, 125);
  for (const value of ['0', '126', '1.5', '-1', '', 'many'])
    assert.match(refuses(t, ['--max-peers', value]), /Not (a whole number|from 1 to 125)\./, value);
});

test('an address to listen on may have port 0, that of a proxy may not', (t) => {
  assert.equal(parse(t, ['--listen', '127.0.0.1:0']).listen, '127.0.0.1:0');
  assert.equal(parse(t, ['--proxy', '[::1]:1080']).proxy, '[::1]:1080');
  for (const args of [
    ['--listen', 'a b'],
    ['--proxy', '127.0.0.1:0'],
    ['--proxy', 'socks5://a:1'],
  ])
    assert.match(refuses(t, args), /Not HOST or HOST:PORT/);
});

test('networks can be named again and again, and stand one after another in the environment', (t) => {
  assert.deepEqual(parse(t, ['--only-net', 'ipv4', '--only-net', 'onion']).onlyNet, ['ipv4', 'onion']);
  assert.deepEqual(parse(t, ['--only-net', 'ipv6,cjdns']).onlyNet, ['ipv6', 'cjdns']);
  const environment = { HEADLIGHT_ONLY_NET: 'onion, i2p' };
  assert.deepEqual(parse(t, [], environment).onlyNet, ['onion', 'i2p']);
  assert.deepEqual(parse(t, ['--only-net', 'ipv4'], environment).onlyNet, ['ipv4']);
  for (const value of ['tor', '', 'ipv4,tor', 'IPv4'])
    assert.match(refuses(t, ['--only-net', value]), /Allowed are ipv4, ipv6, onion, i2p, cjdns/, value);
});

const SOURCES = { dnsSeeds: 'no-dns-seeds', savedPeers: 'no-saved-peers', gossip: 'no-gossip' } as const;

for (const [source, name] of Object.entries(SOURCES) as [keyof typeof SOURCES, string][]) {
  const variable = `HEADLIGHT_${name.replaceAll('-', '_').toUpperCase()}`;
  test(`--${name} and ${variable} switch a source of peers off, and nothing else`, (t) => {
    const off = Object.keys(SOURCES).map((other) => other !== source);
    const states = (options: ConnectOptions): boolean[] =>
      (Object.keys(SOURCES) as (keyof typeof SOURCES)[]).map((key) => options[key]);
    assert.deepEqual(states(parse(t, [`--${name}`])), off);
    assert.deepEqual(states(parse(t, [], { [variable]: '1' })), off);
    for (const value of ['0', 'false', 'no', 'off', ''])
      assert.deepEqual(states(parse(t, [], { [variable]: value })), [true, true, true], value);
  });
}
