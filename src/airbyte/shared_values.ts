/** Keeps one of equal values: thousands of streams have few different schemas, keys and columns. */
export class SharedValues {
  readonly #values = new Map<string, unknown>();

  /**
   * The first value that was given with the same key.
   * @param key by default the value's JSON, for values that are nothing but that; values of two kinds have other keys
   */
  of<T>(value: T, key = JSON.stringify(value)): T {
    const known = this.#values.get(key);
    if (known !== undefined) return known as T;
    this.#values.set(key, value);
    return value;
  }
}
