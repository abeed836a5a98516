// Where sockets do not pass: Server-Sent Events of the same frames, and where these do not pass either, the picture again
// and again, which costs nothing as long as its ETag is the same.

const OFTEN = 4_000; // ms between looks while something changes
const SELDOM = 20_000; // while nothing does: 10,000 who look every 4 s are 2,500 requests a second
const FRAMES = ['SNAPSHOT', 'SEATS', 'SHOWTIME', 'STATS', 'PING', 'ERROR'];

export class Slower {
  #hear;
  #works;
  #version;
  #rooms = new Map(); // showtime -> how to stop

  /** `hear(frame)`, `works(whether it does)`, `version(showtimeId)` that the page has. */
  constructor(hear, works, version) {
    this.#hear = hear;
    this.#works = works;
    this.#version = version;
  }

  watch(id) {
    if (!this.#rooms.has(id)) this.#stream(id);
  }

  unwatch(id) {
    this.#rooms.get(id)?.();
    this.#rooms.delete(id);
  }

  close() {
    for (const id of [...this.#rooms.keys()]) this.unwatch(id);
  }

  #stream(id) {
    const source = new EventSource(`/api/showtimes/${encodeURIComponent(id)}/live`);
    let heard = false;
    this.#rooms.set(id, () => source.close());
    for (const type of FRAMES) {
      source.addEventListener(type, ({ data }) => {
        if (!data) return;
        heard = true;
        this.#works(true);
        this.#hear({ type, ...JSON.parse(data) });
      });
    }
    source.onerror = () => {
      this.#works(false);
      if (heard && source.readyState !== EventSource.CLOSED) return; // it comes back by itself
      source.close();
      this.#poll(id);
    };
  }

  #poll(id) {
    let [timer, pause, etag, going] = [0, OFTEN, null, true];
    this.#rooms.set(id, () => ((going = false), clearTimeout(timer)));
    const look = async () => {
      try {
        const headers = etag ? { 'if-none-match': etag } : {};
        const answer = await fetch(`/api/showtimes/${encodeURIComponent(id)}/seats`, { headers, cache: 'no-store' });
        if (!going) return;
        if (answer.ok) this.#hear({ type: 'SNAPSHOT', ...(await answer.json()) });
        if (answer.status === 404) this.#refused(id, await answer.json());
        pause = answer.ok ? OFTEN : Math.min(SELDOM, pause * 1.5);
        etag = answer.headers.get('etag') ?? etag;
        this.#works(answer.ok || answer.status === 304);
      } catch {
        this.#works(false);
      }
      if (going) timer = setTimeout(look, pause * (0.75 + Math.random() / 2));
    };
    look();
  }

  /** There is nothing to watch, or not any more: a problem of HTTP as the frame that a socket would have brought. */
  #refused(id, { code, detail }) {
    this.#hear({ type: 'ERROR', showtimeId: id, code, message: detail });
  }
}
