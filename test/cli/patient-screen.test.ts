import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patientScreens } from '../../src/cli/patient-screen.ts';
import { RunningCommand } from '../support/command.ts';
import { shell, skipWithoutShell } from '../support/shell.ts';

test('files and pipes are written as Node.js does', async () => {
  const screen = { isTTY: false };
  const process = { stdout: screen, stderr: screen } as unknown as Parameters<typeof patientScreens>[0];
  const { stdout, stderr } = patientScreens(process);
  assert.deepEqual([stdout === process.stdout, stderr === process.stderr], [true, true]);
  const { stdout: text } = await new RunningCommand(['--version']).result;
  assert.match(text, /^[\d.]+\n$/);
});

test(
  'on a terminal results and remarks come in the order in which they were written',
  { skip: skipWithoutShell },
  async () => {
    const { stdout } = await shell(
      'script -qec "$HEADLIGHT demo" /dev/null </dev/null; script -qec "$HEADLIGHT --version; $HEADLIGHT status --datadir /nowhere" /dev/null </dev/null',
      { TERM: 'dumb' },
    );
    const places = ['Syncing mainnet from', 'Connected to', 'Synced mainnet', '\n  hash'].map((words) =>
      stdout.indexOf(words),
    );
    assert.ok(
      places.every((place, i) => place >= 0 && place > (places[i - 1] ?? -1)),
      `${places.join(' ')} in ${stdout}`,
    );
    assert.match(stdout, /\n[\d.]+\r\nheadlight: [^\n]*nowhere[^\n]*\r\n$/);
  },
);
