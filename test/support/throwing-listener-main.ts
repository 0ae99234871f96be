/** A program whose listener of events throws each time, to see what becomes of it. */

import { LightClient } from '../../src/light-client.ts';
import { regtest } from '../../src/networks/regtest.ts';
import { chainOf } from './chains.ts';
import { mine } from './mine.ts';

process.on('uncaughtException', (error) => process.stdout.write(`thrown: ${error.message}\n`));

const server = new LightClient({ chain: await chainOf(mine(20)), dial: false, listen: '127.0.0.1:0' });
await server.start();
const client = new LightClient({
  network: regtest,
  connect: [`127.0.0.1:${server.listening?.port}`],
  follow: false,
});
client.onEvent(({ event }) => {
  throw new Error(`of ${event}`);
});
await client.start();
const { height } = await client.synced();
await client.ended();
process.stdout.write(`synced to ${height}\n`);
await server.stop();
