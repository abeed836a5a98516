// Live seats in a browser: one socket for all that a page watches. No dependency; docs/LIVE.md has the protocol.
//
//   const live = new AisleLive({ token: () => accessToken() });
//   const stop = live.watch(showtimeId, { version, snapshot(frame) {…}, change(frame) {…}, stats(frame) {…},
//     showtime(frame) {…}, refused(frame) {…} });
//   const quiet = live.mine({ HOLD_EXPIRING(frame) {…}, HOLD_EXPIRED(frame) {…}, ORDER(frame) {…} });
//   const unheard = live.onState((state) => …);     // 'live' | 'connecting' | 'offline', told at once and at each change
//
// `version` is that of the picture which the page has already: it is told what happened since. Whatever is missed later,
// by a lost frame, a restart or a sleeping laptop, is asked for again; a watcher sees snapshots and changes in order.

import { Slower } from './slower.js';

const FIRST_PAUSE = 400; // ms before the second try; doubled each time
const LONGEST_PAUSE = 15_000; // a buyer who looks at "offline" for longer than that reloads the page
const SILENCE = 50_000; // the server says PING every 20 s: two of them are missing
const LOOK = 5_000; // for silence
const SOCKET_TRIES = 3; // in a row that never opened: then there is a proxy in between that knows no sockets
const BUSY = 4429;
const SLOW = 4408;
const UNKNOWN = 4401; // the token is over: the next one is another

export class AisleLive {
  #url;
  #token;
  #socket = null;
  #rooms = new Map(); // showtime -> {id, version or null, asked, watchers}
  #people = new Set();
  #states = new Set();
  #state = 'connecting';
  #failed = 0; // tries in a row that came to nothing
  #never = 0; // of these, the ones that did not even open
  #heard = 0;
  #timer = 0;
  #beat = 0;
  #slower = null;
  #page = new AbortController();

  constructor({ url = new URL('/ws', location.href.replace(/^http/, 'ws')), token = async () => null } = {}) {
    this.#url = url;
    this.#token = token;
    const { signal } = this.#page;
    addEventListener('online', () => this.#now(), { signal });
    addEventListener('offline', () => (this.#say('offline'), this.#drop()), { signal });
    document.addEventListener('visibilitychange', () => this.#seen(), { signal });
  }

  get state() {
    return this.#state;
  }

  /** Watch a showtime; returns how to stop. Watchers of the same one share what is sent. */
  watch(showtimeId, watcher) {
    let room = this.#rooms.get(showtimeId);
    if (!room) this.#rooms.set(showtimeId, (room = { id: showtimeId, version: watcher.version ?? null, asked: false, watchers: new Set() }));
    else if (room.version !== (watcher.version ?? null)) room.version = null; // one of the two needs a snapshot
    room.watchers.add(watcher);
    this.#subscribe(room);
    this.#slower?.watch(room.id);
    this.#connect();
    return () => this.#unwatch(room, watcher);
  }

  /** Hear of one's own holds and orders, as a function for each type of frame; returns how to stop. */
  mine(listeners) {
    this.#people.add(listeners);
    this.identify();
    this.#connect();
    return () => this.#people.delete(listeners);
  }

  /** Say who we are; to be called again when somebody logs in. */
  async identify() {
    if (!this.#people.size || !this.#isOpen()) return;
    const token = await this.#token().catch(() => null);
    if (token) this.#send({ type: 'SUBSCRIBE_USER', token });
  }

  onState(listener) {
    this.#states.add(listener);
    listener(this.#state);
    return () => this.#states.delete(listener);
  }

  close() {
    this.#page.abort();
    clearTimeout(this.#timer);
    this.#rooms.clear();
    this.#slower?.close();
    this.#drop();
  }

  #connect() {
    clearTimeout(this.#timer);
    if (this.#socket || this.#page.signal.aborted || (!this.#rooms.size && !this.#people.size)) return;
    if (!navigator.onLine) return this.#say('offline'); // `online` wakes us
    let opened = false;
    const socket = (this.#socket = new WebSocket(this.#url));
    const mine = () => this.#socket === socket;
    socket.onopen = () => mine() && ((opened = true), this.#opened());
    socket.onmessage = ({ data }) => mine() && this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => mine() && this.#lost(opened, code);
  }

  #opened() {
    this.#heard = Date.now();
    this.#never = 0;
    this.#slower?.close();
    this.#slower = null;
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.#stale() && this.#again(), LOOK);
    for (const room of this.#rooms.values()) this.#subscribe(room);
    this.identify();
    if (!this.#rooms.size) this.#say('live'); // else with the first picture
  }

  #lost(opened, code) {
    this.#drop();
    this.#never = opened ? 0 : this.#never + 1;
    if (this.#never >= SOCKET_TRIES) this.#fallBack();
    const pause = { [SLOW]: 0, [BUSY]: LONGEST_PAUSE, [UNKNOWN]: LONGEST_PAUSE / 3 }[code] ?? Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failed);
    this.#failed++;
    if (!this.#slower) this.#say(this.#failed > 2 || !navigator.onLine ? 'offline' : 'connecting');
    // Between half of the pause and all of it: thousands who lost the same server do not come back in the same moment.
    this.#timer = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  #drop() {
    clearInterval(this.#beat);
    const socket = this.#socket;
    this.#socket = null;
    for (const room of this.#rooms.values()) room.asked = false;
    if (socket) socket.onclose = null;
    socket?.close();
  }

  #again() {
    this.#drop();
    this.#connect();
  }

  #now() {
    this.#failed = 0;
    this.#say('connecting');
    this.#again();
  }

  /** The page is looked at again: a machine that slept has a socket that only looks open. */
  #seen() {
    if (document.visibilityState !== 'visible') return;
    if (!this.#socket) this.#connect();
    else if (this.#socket.readyState === WebSocket.OPEN && this.#stale()) this.#again();
  }

  #stale() {
    return Date.now() - this.#heard > SILENCE;
  }

  #hear(frame) {
    this.#heard = Date.now();
    if (frame.type === 'PING') this.#send({ type: 'PONG' });
    else if (frame.type === 'SNAPSHOT') this.#snapshot(frame);
    else if (frame.type === 'SEATS') this.#change(frame);
    else if (frame.type === 'STATS') this.#tell(frame, 'stats');
    else if (frame.type === 'SHOWTIME') this.#tell(frame, 'showtime');
    else if (frame.type === 'ERROR') this.#refused(frame);
    else for (const listeners of [...this.#people]) listeners[frame.type]?.(frame);
  }

  #snapshot(frame) {
    const room = this.#rooms.get(frame.showtimeId);
    if (!room) return;
    room.version = frame.version;
    this.#arrived(room);
    this.#tell(frame, 'snapshot');
  }

  /** A change is for whoever is at `fromVersion` or later, and not yet at `version`. */
  #change(frame) {
    const room = this.#rooms.get(frame.showtimeId);
    if (!room || room.version === null) return; // its snapshot is on the way
    if (frame.fromVersion > room.version) return this.#subscribe(room); // a gap
    this.#arrived(room);
    if (frame.version <= room.version) return;
    room.version = frame.version;
    this.#tell(frame, 'change');
  }

  /** Not yet, perhaps: a showtime that is put on sale while somebody waits for it is shown. */
  #refused(frame) {
    const room = this.#rooms.get(frame.showtimeId);
    if (!room) return;
    room.asked = false;
    setTimeout(() => this.#rooms.get(room.id) === room && this.#subscribe(room), LONGEST_PAUSE);
    this.#tell(frame, 'refused');
  }

  #arrived(room) {
    room.asked = false;
    this.#failed = 0;
    this.#say('live');
  }

  #tell(frame, what) {
    for (const watcher of [...(this.#rooms.get(frame.showtimeId)?.watchers ?? [])]) watcher[what]?.(frame);
  }

  #subscribe(room) {
    if (room.asked || !this.#isOpen()) return;
    room.asked = true;
    this.#send({ type: 'SUBSCRIBE', showtimeId: room.id, ...(room.version !== null && { sinceVersion: room.version }) });
  }

  #unwatch(room, watcher) {
    room.watchers.delete(watcher);
    if (room.watchers.size || this.#rooms.get(room.id) !== room) return;
    this.#rooms.delete(room.id);
    this.#slower?.unwatch(room.id);
    this.#send({ type: 'UNSUBSCRIBE', showtimeId: room.id });
  }

  /** No sockets here: streams, or looking again and again, until one opens after all. */
  #fallBack() {
    this.#slower ??= new Slower((frame) => this.#hear(frame), (works) => this.#say(works ? 'live' : 'offline'), (id) => this.#rooms.get(id)?.version);
    for (const id of this.#rooms.keys()) this.#slower.watch(id);
  }

  #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #send(frame) {
    if (this.#isOpen()) this.#socket.send(JSON.stringify(frame));
  }

  #say(state) {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of [...this.#states]) listener(state);
  }
}
