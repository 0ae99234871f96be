/** A line of shell in which $HEADLIGHT runs the compiled program: for pipes, closed streams and special files. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { CommandResult } from './command.ts';
import { repositoryRoot } from './repository.ts';

const PROGRAM = join(repositoryRoot, 'dist', 'cli', 'main.js');

/** For the `skip` option of node:test. */
export const skipWithoutShell: string | false =
  process.platform === 'win32' ? 'there is no POSIX shell here' : false;

/** @param variables of the environment, to be used in the line. */
export function shell(
  line: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  const child = spawn('bash', ['-c', line], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, HEADLIGHT: `${process.execPath} ${PROGRAM}`, ...variables },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}
