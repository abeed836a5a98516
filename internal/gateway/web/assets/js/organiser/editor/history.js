// The drawing as it is, and all that it was: undo and redo over layouts that are never changed in place.

const REMEMBERED = 200; // steps; layouts share what did not change

export class History {
  #past = [];
  #future = [];
  #listeners = new Set();

  constructor(layout) {
    this.layout = layout;
    this.saved = layout;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  get isDirty() {
    return this.layout !== this.saved;
  }

  /** A new state. Steps that go on from the one before, as a drag does, are one: `same` is its name. */
  put(layout, same = null) {
    if (layout === this.layout) return;
    if (!same || same !== this.same || !this.#past.length) this.#past.push(this.layout);
    if (this.#past.length > REMEMBERED) this.#past.shift();
    this.same = same;
    this.#future = [];
    this.#show(layout);
  }

  undo() {
    if (!this.canUndo) return;
    this.#future.push(this.layout);
    this.same = null;
    this.#show(this.#past.pop());
  }

  redo() {
    if (!this.canRedo) return;
    this.#past.push(this.layout);
    this.same = null;
    this.#show(this.#future.pop());
  }

  /** The server has it. */
  kept(layout = this.layout) {
    this.saved = layout;
    this.#show(layout);
  }

  onChange(listener) {
    this.#listeners.add(listener);
  }

  #show(layout) {
    this.layout = layout;
    for (const listener of this.#listeners) listener(layout);
  }
}
