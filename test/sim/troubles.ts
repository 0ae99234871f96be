/** What goes wrong though nobody means it: lines that break or hang, partitions, and peers that come and go. */
import type { Scenario } from './scenario.ts';

const MINUTE_MS = 60_000;

export class Troubles {
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** Some of the first lines to honest peers break, or hang without a word; so many at most for each peer. */
  troubleFirstLines(most: number): void {
    const { chance, honest } = this.#scenario;
    for (const { peer } of honest) {
      const count = chance.maybe(0.3) ? chance.int(0, most) : 0;
      for (let i = 0; i < count; i++) this.#troubleLine(peer.endpoint.host, chance.int(0, 20_000));
    }
  }

  /** All kinds of trouble, until so much time has passed. */
  begin(forMs: number): void {
    const { world, chance, miners } = this.#scenario;
    const endMs = world.ms + forMs;
    const again = (pauseMs: () => number, act: () => void): void => {
      const atMs = world.ms + pauseMs();
      if (atMs >= endMs) return;
      world.plan(atMs, () => {
        act();
        again(pauseMs, act);
      });
    };
    again(
      () => chance.pause(2 * MINUTE_MS),
      () => miners.find(),
    );
    if (chance.maybe(0.5))
      again(
        () => chance.pause(4 * MINUTE_MS),
        () => this.#partition(endMs),
      );
    if (chance.maybe(0.5))
      again(
        () => chance.pause(3 * MINUTE_MS),
        () => this.#cutSomeLine(),
      );
    if (chance.maybe(0.5))
      again(
        () => chance.pause(MINUTE_MS),
        () => this.#comeAndGo(),
      );
    if (chance.maybe(0.5))
      again(
        () => chance.pause(MINUTE_MS),
        () => this.#callTheClient(),
      );
  }

  #partition(endMs: number): void {
    const { world, chance, client, honest } = this.#scenario;
    const forMs = Math.min(endMs - world.ms, chance.int(1_000, 6 * MINUTE_MS));
    const someHonest = chance
      .sample(honest, chance.int(1, honest.length))
      .map(({ peer }) => peer.endpoint.host);
    const hosts = chance.maybe(0.5) ? [client.endpoint.host] : someHonest;
    for (const { peer } of honest) world.noteTrouble(peer.endpoint.host);
    world.partition(hosts, forMs);
  }

  #cutSomeLine(): void {
    const { world, chance } = this.#scenario;
    const lines = world.lines();
    if (lines.length === 0) return;
    const line = chance.pick(lines);
    world.noteTrouble(line.remote.host);
    world.noteTrouble(line.local.host);
    if (chance.maybe(0.5)) line.break();
    else line.hang();
  }

  #comeAndGo(): void {
    const { world, chance, hostile } = this.#scenario;
    if (hostile.length === 0) return;
    world.setReach(
      chance.pick(hostile).peer.endpoint,
      chance.pick(['open', 'refused', 'black-hole'] as const),
    );
  }

  #callTheClient(): void {
    const { chance, client, hostile, honest } = this.#scenario;
    const callers = [...hostile, ...honest];
    const { peer } = chance.pick(callers);
    for (let i = chance.int(1, 4); i > 0; i--) peer.call(client.endpoint);
  }

  #troubleLine(host: string, atMs: number): void {
    const { world, chance, client } = this.#scenario;
    world.after(atMs, () => {
      const line = client.lineTo(host);
      if (line === undefined) return;
      world.noteTrouble(host);
      if (chance.maybe(0.5)) line.break();
      else line.hang();
    });
  }
}
