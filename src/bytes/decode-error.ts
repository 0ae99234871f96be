/** The one error that hostile bytes may cause: what was wrong, at which byte, in which field. */

/**
 * Stable codes of {@link DecodeError}; each has a heading in docs/errors.md.
 *
 * - `unexpected-end`: the bytes stop before the value is complete.
 * - `trailing-bytes`: the value is complete and bytes are left over.
 * - `over-limit`: a count or length is larger than the protocol allows.
 * - `non-minimal`: a CompactSize is written in a longer form than its value needs.
 * - `bad-value`: a field holds a value that has no meaning.
 * - `bad-hex`: text that should be hexadecimal is not.
 */
export type DecodeErrorCode =
  'unexpected-end' | 'trailing-bytes' | 'over-limit' | 'non-minimal' | 'bad-value' | 'bad-hex';

/** Bytes that do not parse. Thrown by decoders only, and caught where the bytes came in. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code: DecodeErrorCode;
  /** What was found and what was expected, without the place. */
  readonly detail: string;
  /** Byte offset, from the start of the decoded bytes, at which the failing field starts or gives out. */
  readonly offset: number;
  #path: string;

  constructor(code: DecodeErrorCode, detail: string, offset: number, path = '') {
    super(detail);
    this.code = code;
    this.detail = detail;
    this.offset = offset;
    this.#path = path;
    this.#describe();
  }

  /** Field names and list positions that lead to the failing field, such as `inputs/0/script`; empty at the top. */
  get path(): string {
    return this.#path;
  }

  /** Adds the enclosing field's name in front of the path; returns the same error, to be thrown again. */
  within(field: string | number): this {
    this.#path = this.#path === '' ? String(field) : `${field}/${this.#path}`;
    this.#describe();
    return this;
  }

  #describe(): void {
    const place = this.#path === '' ? `byte ${this.offset}` : `byte ${this.offset}, ${this.#path}`;
    this.message = `${place}: ${this.detail} (${this.code})`;
  }
}
