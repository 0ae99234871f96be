/** JSON-RPC over HTTP POST with basic authentication, as bitcoind and btcd both speak it. */
import { request } from 'node:http';

export interface RpcEndpoint {
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** The node understood the call and refused it. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly method: string;
  /** JSON-RPC error code, the node's own: -28 is bitcoind still warming up, for example. */
  readonly code: number;
  /** The node's own words. */
  readonly reason: string;

  constructor(method: string, code: number, reason: string) {
    super(`${method}: ${reason} (${code})`);
    this.method = method;
    this.code = code;
    this.reason = reason;
  }
}

/** Resolves to the result; rejects with RpcError for a refusal, with any other error when no answer was had. */
export async function callRpc(
  endpoint: RpcEndpoint,
  method: string,
  params: readonly unknown[],
  timeoutMs: number,
): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '1.0', id: 0, method, params });
  const { status, text } = await post(endpoint, body, timeoutMs).catch((cause: unknown) => {
    throw new Error(`${method}: no answer on port ${endpoint.port}`, { cause });
  });
  const reply = parseReply(text);
  if (reply === undefined) throw new Error(`${method}: HTTP status ${status} ${text.trim()}`);
  if (reply.error) throw new RpcError(method, reply.error.code, reply.error.message);
  return reply.result;
}

/** A call of a batch: method and parameters. */
export type RpcCall = readonly [method: string, params: readonly unknown[]];

/** Many calls in one request, done one after another; a refusal is a value here, and does not keep the others from being done. */
export async function callRpcBatch(
  endpoint: RpcEndpoint,
  calls: readonly RpcCall[],
  timeoutMs: number,
): Promise<readonly (RpcError | { readonly result: unknown })[]> {
  if (calls.length === 0) return [];
  const body = JSON.stringify(calls.map(([method, params], id) => ({ jsonrpc: '1.0', id, method, params })));
  const { status, text } = await post(endpoint, body, timeoutMs);
  const replies = parseReply(text) as unknown as readonly (Reply & { readonly id: number })[] | undefined;
  if (replies?.length !== calls.length) throw new Error(`a batch of ${calls.length}: HTTP status ${status}`);
  const inOrder = replies.toSorted((a, b) => a.id - b.id);
  return inOrder.map(({ result, error }, i) => {
    return error ? new RpcError((calls[i] as RpcCall)[0], error.code, error.message) : { result };
  });
}

interface Reply {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string } | null;
}

/** Undefined for what is not JSON: a wrong password, for one, is answered in plain text or not at all. */
function parseReply(text: string): Reply | undefined {
  try {
    return JSON.parse(text) as Reply;
  } catch {
    return undefined;
  }
}

function post(
  endpoint: RpcEndpoint,
  body: string,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1',
      port: endpoint.port,
      method: 'POST',
      auth: `${endpoint.user}:${endpoint.password}`,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      // A connection per call: a kept one would turn a node's restart into a failed call.
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
    });
    outgoing.once('error', reject);
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.once('error', reject);
      incoming.once('end', () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    outgoing.end(body);
  });
}
