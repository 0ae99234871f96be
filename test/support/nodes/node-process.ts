/** A node program as a child process with a scratch folder; neither outlives the test process, however that ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A node that has not answered by then is reported as not started. Both programs need well under 2 s. */
const START_TIMEOUT_MS = 60_000;
/** How long a node may take to write its databases and leave before it is killed. */
const STOP_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 20;
const PAUSE_POLL_MS = 1;
/** The last characters of a node's output kept for error messages. */
const OUTPUT_TAIL_CHARS = 4_000;

export class NodeProcess {
  readonly name: string;
  /** Scratch folder for the node's data, removed by `dispose`. */
  readonly dataDir: string;
  readonly #path: string;
  readonly #args: readonly string[];
  readonly #guardian: Guardian;
  #running: { readonly child: ChildProcess; readonly left: Promise<void> } | undefined;
  #outputTail = '';

  /** `args` is given the scratch folder. Nothing is started yet. */
  constructor(name: string, path: string, args: (dataDir: string) => readonly string[]) {
    this.name = name;
    this.dataDir = mkdtempSync(join(tmpdir(), `headlight-${name}-`));
    this.#path = path;
    this.#args = args(this.dataDir);
    this.#guardian = new Guardian(this.dataDir);
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
    await this.kill();
    throw new Error(`${this.name} ${reason}; its last words:\n${this.#outputTail}`, { cause: lastRefusal });
  }

  /** Asks it with SIGTERM to leave and waits until it has; killed when it takes too long. May be repeated. */
  async stop(): Promise<void> {
    this.resume(); // a frozen process would not notice SIGTERM
    const patience = setTimeout(() => this.#running?.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#end('SIGTERM');
    clearTimeout(patience);
  }

  /** Ends it with SIGKILL, as a power cut would, and waits until it is gone. May be repeated. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Freezes it with its connections open; resolves when it stands still. */
  async pause(): Promise<void> {
    this.#running?.child.kill('SIGSTOP');
    while (this.pid !== undefined && !isFrozen(this.pid)) await sleep(PAUSE_POLL_MS);
  }

  resume(): void {
    this.#running?.child.kill('SIGCONT');
  }

  /** Stops it and removes the scratch folder. May be repeated; cannot be started again. */
  async dispose(): Promise<void> {
    await this.stop();
    await this.#guardian.cleanUp();
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.#running === undefined) return;
    const { child, left } = this.#running;
    child.ref(); // else nothing might keep the event loop awake until it has left
    child.kill(signal);
    await left;
  }

  #launch(): void {
    this.#outputTail = '';
    const child = spawn(this.#path, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const keepTail = (text: string): void => {
      this.#outputTail = (this.#outputTail + text).slice(-OUTPUT_TAIL_CHARS);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', keepTail);
      unref(stream);
    }
    // A test that forgot to stop its node shall still end; the guardian then does it.
    child.unref();
    this.#guardian.watch(child.pid);
    const left = new Promise<void>((resolve) => {
      const leave = (): void => {
        this.#running = undefined;
        this.#guardian.watch(undefined);
        resolve();
      };
      child.once('close', leave);
      child.once('error', (error) => {
        keepTail(`${error.message}\n`);
        if (child.pid === undefined) leave();
      });
    });
    this.#running = { child, left };
  }
}

/**
 * A shell that reads process ids, the newest of which counts, until the pipe from us closes: then it kills that process
 * and removes the folder. The pipe closes when we say so and when we die, also from a SIGKILL, after which no code of
 * ours could run. One mechanism for both, so that the rare case is tried by every test.
 */
const GUARDIAN_SCRIPT = `
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then kill -9 "$pid"; fi
rm -rf "$0" || { sleep 1; rm -rf "$0"; }
`;

class Guardian {
  readonly #shell: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(folder: string) {
    this.#shell = spawn('sh', ['-c', GUARDIAN_SCRIPT, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      // A group of its own, so that a Ctrl-C at the terminal does not end it with us.
      detached: true,
    });
    this.#ended = new Promise((resolve) => this.#shell.once('close', () => resolve()));
    this.#shell.unref();
    unref(this.#shell.stdin);
  }

  /** The process to kill at our death; undefined when there is none, for its id may soon be another's. */
  watch(pid: number | undefined): void {
    this.#shell.stdin?.write(`${pid ?? ''}\n`);
  }

  async cleanUp(): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin?.end();
    await this.#ended;
  }
}

/** On a busy machine a process goes on for a while after SIGSTOP was sent. Only Linux says whether it has stopped. */
function isFrozen(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  // The state is the letter after the name, which stands in brackets.
  return /.*\) T/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

/** Pipes to children are sockets, which the types of `spawn` do not say. */
function unref(stream: object | null): void {
  if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
}
