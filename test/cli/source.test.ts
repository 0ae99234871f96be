import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { openFile, readStandardInput } from '../../src/cli/source.ts';
import { fixture } from '../support/repository.ts';
import { FakeTerminal } from '../support/fake-terminal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const FILE = fixture('headers', 'regtest-0-301.headers');

async function read(source: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of source) length += piece.length;
  return length;
}

/** A terminal whose standard input fails in the middle. */
function withBrokenInput(error: Error): FakeTerminal {
  const broken = Readable.from(
    (async function* () {
      yield Buffer.from('some');
      throw error;
    })(),
  );
  return Object.assign(new FakeTerminal(), { stdin: broken });
}

test('a file is read to its end, and its size is known before', async () => {
  const { source, sizeBytes } = await openFile(FILE, new AbortController().signal);
  assert.deepEqual([sizeBytes, await read(source)], [24_080, 24_080]);
});

test('what is no file is refused before it is read', async (t) => {
  const folder = temporaryFolder(t);
  const { signal } = new AbortController();
  await assert.rejects(openFile(folder, signal), { code: 'file-unreadable' });
  await assert.rejects(openFile(`${folder}/none`, signal), { code: 'file-unreadable' });
});

test('a file whose reading never began can be given up without harm', async () => {
  const stop = new AbortController();
  await openFile(FILE, stop.signal);
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
});

test('reading ends when the program is to end', async () => {
  const stop = new AbortController();
  const { source } = await openFile(FILE, stop.signal);
  stop.abort();
  await assert.rejects(read(source), { name: 'AbortError' });
});

test('trouble of the system in mid-reading is told with the name of the source', async () => {
  const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' });
  await assert.rejects(read(readStandardInput(withBrokenInput(error))), {
    code: 'file-unreadable',
    message: 'cannot read standard input: i/o error (EIO)',
  });
});

test('a mistake of ours is not taken for trouble of the system', async () => {
  const error = new TypeError('a mistake');
  await assert.rejects(read(readStandardInput(withBrokenInput(error))), error);
});
