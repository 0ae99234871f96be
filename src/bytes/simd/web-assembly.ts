/** The platform's WebAssembly, where it has one that knows vectors. */

/** As much of it as is used here. Its own declarations come with those of browsers only. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** What a module exports: its functions, and its memory as bytes. */
export interface Instantiated<Exports> {
  readonly exports: Exports;
  readonly memory: Uint8Array;
}

/**
 * Compiles a module that imports nothing and exports its `memory`, and makes an instance of it.
 *
 * @returns undefined where that cannot be done: there is no WebAssembly, it knows no vectors, it may not be compiled
 * here, or there is no room for its memory.
 */
export function instantiate<Exports>(bytes: Uint8Array): Instantiated<Exports> | undefined {
  const { WebAssembly: api } = globalThis as { WebAssembly?: WebAssemblyApi };
  if (api?.validate(bytes) !== true) return undefined;
  try {
    const exports = new api.Instance(new api.Module(bytes)).exports as Exports & {
      readonly memory: { readonly buffer: ArrayBuffer };
    };
    return { exports, memory: new Uint8Array(exports.memory.buffer) };
  } catch {
    return undefined;
  }
}
