/** What becomes of work where the platform's WebAssembly is another, or missing. */
export function withWebAssembly<T>(replacement: unknown, work: () => T): T {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'WebAssembly') as PropertyDescriptor;
  Object.defineProperty(globalThis, 'WebAssembly', { ...own, value: replacement });
  try {
    return work();
  } finally {
    Object.defineProperty(globalThis, 'WebAssembly', own);
  }
}
