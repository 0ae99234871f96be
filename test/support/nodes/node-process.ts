/**
 * A node program as a child process with a scratch folder. Both are gone when the test process is: at a normal end
 * through stop(), at any other through the exit hook, and after a SIGKILL through a guardian process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A node that has not answered by then is reported as not started. btcd and bitcoind need well under 2 s. */
const START_TIMEOUT_MS = 60_000;
/** How long a node may take to write its databases and leave before it is killed. */
const STOP_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 20;
/** The last characters of a node's output kept for error messages. */
const OUTPUT_TAIL_CHARS = 4_000;

export class NodeProcess {
  readonly name: string;
  /** Scratch folder for the node's data, removed by `dispose`. */
  readonly dataDir: string;
  readonly #path: string;
  readonly #args: readonly string[];
  #running: { child: ChildProcess; guardian: ChildProcess; left: Promise<void> } | undefined;
  #outputTail = '';

  /** `args` is given the scratch folder. Nothing is started yet. */
  constructor(name: string, path: string, args: (dataDir: string) => readonly string[]) {
    cleanUpAtExit();
    this.name = name;
    this.dataDir = mkdtempSync(join(tmpdir(), `headlight-${name}-`));
    this.#path = path;
    this.#args = args(this.dataDir);
    alive.add(this);
  }

  /** Process id, or undefined while it does not run. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /**
   * Starts the program and waits until `probe` no longer rejects. Rejects with the program's last words when it ends
   * first, or does not get that far in time.
   */
  async start(probe: () => Promise<unknown>): Promise<void> {
    if (this.#running !== undefined) throw new Error(`${this.name} runs already`);
    this.#launch();
    const deadlineMs = performance.now() + START_TIMEOUT_MS;
    let lastRefusal: unknown;
    while (this.#running !== undefined && performance.now() < deadlineMs) {
      try {
        await probe();
        return;
      } catch (error) {
        lastRefusal = error;
      }
      await sleep(READY_POLL_MS);
    }
    const reason = this.#running === undefined ? 'ended at once' : `was not ready in ${START_TIMEOUT_MS} ms`;
    await this.signal('SIGKILL');
    throw new Error(`${this.name} ${reason}; its last words:\n${this.#outputTail}`, { cause: lastRefusal });
  }

  /** Waits until it is gone, after asking it nicely with SIGTERM; killed when it takes too long. May be repeated. */
  async stop(): Promise<void> {
    this.pauseOrResume('SIGCONT'); // a paused process would not notice SIGTERM
    const patience = setTimeout(() => this.#running?.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.signal('SIGTERM');
    clearTimeout(patience);
  }

  /** Sends a signal that ends it and waits until it is gone. */
  async signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): Promise<void> {
    if (this.#running === undefined) return;
    const { child, left } = this.#running;
    child.ref(); // else nothing might keep the event loop awake until it has left
    child.kill(signal);
    await left;
  }

  /** SIGSTOP freezes it with its connections open, SIGCONT lets it go on. */
  pauseOrResume(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#running?.child.kill(signal);
  }

  /** Removes the scratch folder. */
  dispose(): void {
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
    alive.delete(this);
  }

  /** For the exit hook, where nothing can be awaited. */
  killAndDispose(): void {
    this.#running?.child.kill('SIGKILL');
    this.dispose();
  }

  #launch(): void {
    this.#outputTail = '';
    const child = spawn(this.#path, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keepTail = (text: string): void => {
      this.#outputTail = (this.#outputTail + text).slice(-OUTPUT_TAIL_CHARS);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keepTail);
    const guardian = guard(child.pid, this.dataDir);
    const left = new Promise<void>((resolve) => {
      const leave = (): void => {
        this.#running = undefined;
        guardian.stdin?.end('released\n');
        resolve();
      };
      child.once('close', leave);
      child.once('error', (error) => {
        keepTail(`${error.message}\n`);
        if (child.pid === undefined) leave();
      });
    });
    this.#running = { child, guardian, left };
    // A test that forgot to stop its node shall still end; the exit hook then does it.
    for (const handle of [child, child.stdout, child.stderr, guardian, guardian.stdin]) unref(handle);
  }
}

const alive = new Set<NodeProcess>();
let hooked = false;

function cleanUpAtExit(): void {
  if (hooked) return;
  hooked = true;
  process.on('exit', () => {
    for (const node of alive) node.killAndDispose();
  });
  // Signals end a process without its exit hook, unless they are turned into an exit.
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
}

/**
 * A shell that waits for a word from us. When our end of the pipe closes without one, we were killed so hard that no
 * exit hook ran: then it kills the node and removes its folder.
 */
function guard(pid: number | undefined, dataDir: string): ChildProcess {
  const script = 'read -r word || { kill -9 "$0"; rm -rf "$1"; }';
  const guardian = spawn('sh', ['-c', script, String(pid ?? ''), dataDir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A group of its own, so that a Ctrl-C at the terminal does not end it with us.
    detached: true,
  });
  guardian.on('error', () => {});
  guardian.stdin?.on('error', () => {});
  return guardian;
}

function unref(handle: object | null): void {
  if (handle !== null && 'unref' in handle && typeof handle.unref === 'function') handle.unref();
}
