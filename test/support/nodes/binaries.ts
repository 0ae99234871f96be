/**
 * Where the real node programs are: the folder that scripts/install-nodes.sh fills. Tests that need them are skipped
 * when they are missing, unless HEADLIGHT_REQUIRE_NODES=1 says that a skipped test would hide a broken set-up.
 */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../repository.ts';

export type NodeProgram = 'bitcoind' | 'btcd';

/** The program's path; it may not exist. */
export function programPath(program: NodeProgram): string {
  const folder = process.env['HEADLIGHT_NODES_DIR'] ?? join(repositoryRoot, '.nodes');
  return join(folder, program, 'bin', program);
}

/** Whether every one of the programs can be run; without arguments, both of them. */
export function nodesAvailable(...programs: NodeProgram[]): boolean {
  return (programs.length === 0 ? BOTH : programs).every((program) => isExecutable(programPath(program)));
}

/**
 * For the `skip` option of node:test: `false` when the programs are there, else the reason to skip. With
 * HEADLIGHT_REQUIRE_NODES=1 it is always `false`: the test then runs and fails with the same sentence.
 */
export function skipWithoutNodes(...programs: NodeProgram[]): string | false {
  if (process.env['HEADLIGHT_REQUIRE_NODES'] === '1' || nodesAvailable(...programs)) return false;
  return missingNodesSentence(programs);
}

/** The program's path; throws when it is missing. */
export function requireProgram(program: NodeProgram): string {
  if (!nodesAvailable(program)) throw new Error(missingNodesSentence([program]));
  return programPath(program);
}

const BOTH: readonly NodeProgram[] = ['bitcoind', 'btcd'];

function missingNodesSentence(programs: readonly NodeProgram[]): string {
  const wanted = programs.length === 0 ? BOTH : programs;
  return `${wanted.join(' and ')} must be installed for this test: run scripts/install-nodes.sh`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
