/** Where a subscription goes on: behind the last message up to which all are held as final. Pure. */

export class Finals {
  #last: number;
  readonly #beyond = new Set<number>();

  /** `last`: all messages up to this index are held in their final form; -1: none. */
  constructor(last: number) {
    this.#last = last;
  }

  get last(): number {
    return this.#last;
  }

  /** A message is final. Later ones may be final before an earlier one is. */
  add(index: number): void {
    this.#beyond.add(index);
    while (this.#beyond.delete(this.#last + 1)) this.#last += 1;
  }
}
