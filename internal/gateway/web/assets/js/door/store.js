// What the door remembers on this device, so that it works without a network: the keys, the showtimes, who has passed,
// and what is still to be told. In IndexedDB, because it must outlive the page, the battery and the browser.
//
//   kept     by name      the published keys, the showtimes that may be chosen, what this device is set to
//   passes   by ticket    where its bearer is, as far as this device knows
//   queue    by nonce     who was let pass while nobody could be asked
//   trouble  by nonce     what the box office said against one of those, until somebody has seen to it

const NAME = 'aisle.door';
const STORES = { kept: null, passes: 'ticketId', queue: 'nonce', trouble: 'nonce' };
let opened = null;

export const store = {
  kept: (name) => ask('kept', 'readonly', (kept) => kept.get(name)),
  keep: (name, value) => ask('kept', 'readwrite', (kept) => kept.put(value, name)),
  get: (where, key) => ask(where, 'readonly', (one) => one.get(key)),
  put: (where, value) => ask(where, 'readwrite', (one) => one.put(value)),
  all: (where) => ask(where, 'readonly', (one) => one.getAll()),
  count: (where) => ask(where, 'readonly', (one) => one.count()),
  remove: (where, key) => ask(where, 'readwrite', (one) => one.delete(key)),

  /** Several changes or none: `work({passes, queue, ...})` asks of the stores and waits for nothing else. */
  async together(names, work) {
    const transaction = (await database()).transaction(names, 'readwrite');
    work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  },
};

async function ask(where, mode, question) {
  const transaction = (await database()).transaction(where, mode);
  const request = question(transaction.objectStore(where));
  return new Promise((resolve, reject) => {
    // what was written is there when the transaction is over, and not before
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, keyPath ? { keyPath } : {});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => ((opened = null), reject(request.error));
  });
  return opened;
}
